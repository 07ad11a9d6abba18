/**
 * Replaces the part of a document between two markers.
 */
const BEGIN = '<!-- begin: written by `npm run chaos` -->'
const END = '<!-- end: written by `npm run chaos` -->'

/**
 * @throws {Error} if the markers are not there
 */
export function replaceTable (document: string, table: string): string {
  const begin = document.indexOf(BEGIN)
  const end = document.indexOf(END)

  if (begin === -1 || end < begin) {
    throw new Error(`The document has no lines "${BEGIN}" and "${END}"`)
  }

  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`
}
