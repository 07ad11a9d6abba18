/**
 * Replaces the part of a document between the two markers of a script.
 *
 * @throws {Error} if the markers are not there
 */
export function replaceTable (document: string, table: string, script: 'chaos' | 'flood'): string {
  const [first, last] = ['begin', 'end'].map(word => `<!-- ${word}: written by \`npm run ${script}\` -->`)
  const begin = document.indexOf(first)
  const end = document.indexOf(last)

  if (begin === -1 || end < begin) {
    throw new Error(`The document has no lines "${first}" and "${last}"`)
  }

  return `${document.slice(0, begin + first.length)}\n\n${table}\n\n${document.slice(end)}`
}
