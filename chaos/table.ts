/**
 * The table, on a terminal and as Markdown.
 */
import { renderTable } from './document.ts'
import type { Row } from './row.ts'

const COLUMNS = [
  { title: 'path', width: 34, text: (row: Row) => row.path },
  { title: 'ours', width: 38, text: (row: Row) => row.ours },
  { title: '@libp2p/webrtc', width: 30, text: (row: Row) => row.peer },
  { title: 'must be', width: 30, text: (row: Row) => row.mustBe },
  { title: 'verdict', width: 7, text: (row: Row) => row.verdict }
]

/**
 * What comes before the first row
 */
export function renderHead (): string {
  return `${renderLine(COLUMNS.map(({ title }) => title))}\n${renderRule()}`
}

/**
 * One row, which takes as many lines as its longest cell needs
 */
export function renderRow (row: Row): string {
  return `${renderLine(COLUMNS.map(({ text }) => text(row)))}\n${renderRule()}`
}

export function renderMarkdown (rows: Row[]): string {
  return renderTable(COLUMNS.map(({ title }) => title), rows.map(row => COLUMNS.map(({ text }) => text(row))))
}

function renderRule (): string {
  return COLUMNS.map(({ width }) => '-'.repeat(width)).join('-+-')
}

function renderLine (cells: string[]): string {
  const wrapped = cells.map((cell, i) => wrap(cell.replaceAll('`', ''), COLUMNS[i].width))
  const height = Math.max(...wrapped.map(({ length }) => length))

  return Array.from({ length: height }, (_, i) => {
    return wrapped.map((lines, column) => (lines[i] ?? '').padEnd(COLUMNS[column].width)).join(' | ').trimEnd()
  }).join('\n')
}

/**
 * Lines of at most so many characters; a word that is longer is cut
 */
function wrap (text: string, width: number): string[] {
  const lines = ['']

  for (let word of text.split(' ')) {
    const line = lines[lines.length - 1]

    if (line !== '' && line.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${line} ${word}`
      continue
    }

    for (; word.length > width; word = word.slice(width)) {
      lines.push(word.slice(0, width))
    }

    lines.push(word)
  }

  return lines.filter((line, i) => line !== '' || lines.length === 1 || i > 0)
}
