/**
 * The table, on a terminal and as Markdown.
 */
import { renderTable } from '../chaos/document.ts'
import type { Holdings, Outcome } from './outcome.ts'
import type { Row } from './rows.ts'

export interface Result {
  row: Row

  /**
   * What came out, or why nothing did
   */
  outcome: Outcome | Error

  /**
   * Why it is not what must be
   */
  reasons: string[]
}

export function judge (row: Row, outcome: Outcome | Error): Result {
  const reasons = outcome instanceof Error
    ? [outcome.message]
    : row.mustBe.flatMap(condition => condition.broken(outcome) ?? [])

  return { row, outcome, reasons }
}

function describe ({ before, after, report, killed, idle, open, perConnection, noticed, ends, load }: Outcome): string {
  const failures = Object.values(report?.failures ?? {}).reduce((sum, count) => sum + count, 0)

  return [
    ...report == null ? [] : [`${report.connections.toLocaleString('en')} succeeded, ${failures} failed`],
    ...killed == null ? [] : [`${killed} dialers killed`],
    ...noticed == null ? [] : [`noticed after ${(noticed / 1_000).toFixed(1)} s`],
    ...idle == null ? [] : [`main thread ${percent(idle.mainThread)}, all threads ${percent(idle.all)} of a core`],
    ...perConnection == null ? [] : [`${(perConnection / 1_000).toFixed(0)} kB`],
    ...open == null ? [] : [`${open.connections.toLocaleString('en')} connections and ${open.streams.toLocaleString('en')} streams open`],
    ...ends == null ? [] : changes(before, after),
    ...ends == null ? [] : [`${ends.filter(end => end != null).length} of ${ends.length} processes exited`],
    `load ${load.toFixed(1)}`
  ].join(', ')
}

function changes (before: Holdings, after: Holdings): string[] {
  return [
    ...(['heap', 'rss'] as const).map(name => `${name === 'rss' ? 'RSS' : name} ${megabytes(before[name])} → ${megabytes(after[name])} MB`),
    ...(['threads', 'descriptors', 'handles'] as const).map(name => `${name} ${before[name]} → ${after[name]}`)
  ]
}

function megabytes (bytes = 0): string {
  return (bytes / 1e6).toFixed(0)
}

function percent (share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function verdict ({ row, reasons }: Result): string {
  if (reasons.length > 0) {
    return 'FAILED'
  }

  return row.mustBe.length === 0 ? '' : 'passed'
}

export function renderResult (result: Result): string {
  const { row, outcome, reasons } = result

  return [
    row.name,
    ...outcome instanceof Error ? [] : [`  ${describe(outcome)}`],
    ...row.mustBe.length === 0 ? [] : [`  must be  ${row.mustBe.map(({ text }) => text).join('; ')}`],
    ...reasons.map(reason => `  FAILED   ${reason}`),
    ...verdict(result) === 'passed' ? ['  passed'] : []
  ].join('\n')
}

export function renderMarkdown (results: Result[]): string {
  return renderTable(['what happens', 'what came out', 'must be', 'verdict'], results.map(result => {
    const { row, outcome } = result

    return [row.name, outcome instanceof Error ? outcome.message : describe(outcome), row.mustBe.map(({ text }) => text).join('; '), verdict(result)]
  }))
}
