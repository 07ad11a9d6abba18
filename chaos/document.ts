/**
 * Tables in documents, between two markers that name the script which writes them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type } from 'node:os'

export interface Circumstances {
  quick: boolean

  /**
   * How long it took, in ms
   */
  took: number
}

/**
 * Puts a table into a document, and above it when and where it was measured
 *
 * @throws {Error} if the document has no markers
 */
export function writeTable (file: string, script: Script, table: string, { quick, took }: Circumstances): void {
  const when = `${new Date().toISOString().slice(0, 10)}, in ${Math.round(took / 60_000)} minutes${quick ? ' (`--quick`)' : ''}`
  const where = `Node.js ${process.version}, ${type()} ${release()} ${process.arch}, ${availableParallelism()} cores (${cpus()[0].model.trim()})`

  writeFileSync(file, replaceTable(readFileSync(file, 'utf8'), `${when}, ${where}, which all processes share.\n\n${table}`, script))
}

export type Script = 'bench' | 'chaos' | 'churn' | 'flood'

/**
 * Replaces the part of a document between the two markers of a script.
 *
 * @throws {Error} if the markers are not there
 */
export function replaceTable (document: string, table: string, script: Script): string {
  const [first, last] = ['begin', 'end'].map(word => `<!-- ${word}: written by \`npm run ${script}\` -->`)
  const begin = document.indexOf(first)
  const end = document.indexOf(last)

  if (begin === -1 || end < begin) {
    throw new Error(`The document has no lines "${first}" and "${last}"`)
  }

  return `${document.slice(0, begin + first.length)}\n\n${table}\n\n${document.slice(end)}`
}

export function renderTable (head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows]
    .map(cells => `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}
