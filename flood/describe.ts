/**
 * The table, on a terminal and as Markdown.
 */
import { renderTable } from '../chaos/document.ts'
import { percentile, successRate } from './outcome.ts'
import type { Outcome } from './outcome.ts'
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

/**
 * What became of the honest dials
 */
function describeDials ({ dials, noticed, crowd }: Outcome): string {
  const errors = [...Map.groupBy(dials.flatMap(({ error }) => error ?? []), error => /^\w+/.exec(error)?.[0])]
  const succeeded = dials.filter(({ error }) => error == null).length

  return [
    `${succeeded} of ${dials.length}${succeeded === dials.length ? '' : ` (${(successRate(dials) * 100).toFixed(1)} %)`}`,
    ...[0.5, 0.99].map(share => `p${share * 100} ${ms(percentile(dials, share))}`),
    `longest ${ms(percentile(dials, 1))}`,
    ...errors.map(([name, { length }]) => `${length} × ${name}`),
    ...noticed == null ? [] : [`the old ones noticed after ${ms(Math.min(...noticed))} to ${ms(Math.max(...noticed))}`],
    ...crowd == null ? [] : [`of the others ${(crowd.connected * 100).toFixed(1)} % connected, ${(crowd.alive * 100).toFixed(1)} % still are`]
  ].join(', ')
}

/**
 * What it cost the listener
 */
function describeListener ({ listener, flood, load }: Outcome): string {
  const { rss, threads, heapGrowth, cpu, drops, delay } = listener
  const megabytes = (value: number): string => `${value < 0 ? '−' : '+'} ${Math.abs(value / 1e6).toFixed(0)} MB`

  return [
    `${megabytes(rss.peak - rss.before)}`,
    ...heapGrowth == null ? [] : [`heap afterwards ${megabytes(heapGrowth)}`],
    `${threads.before === threads.peak ? threads.peak : `${threads.before} to ${threads.peak}`} threads`,
    ...delay == null ? [] : [`event loop p99 ${ms(delay.p99)}, longest ${ms(delay.longest)}`],
    `${(cpu * 100).toFixed(0)} % of a core`,
    ...flood == null ? [] : [`${flood.rate.toFixed(0)}/s arrived at its socket`],
    ...drops === 0 ? [] : [`${drops.toLocaleString('en')} lost there`],
    `load ${load.toFixed(1)}`
  ].join(', ')
}

function verdict ({ row, reasons }: Result): string {
  if (reasons.length > 0) {
    return 'FAILED'
  }

  return row.mustBe.length === 0 ? '' : 'passed'
}

export function renderResult (result: Result): string {
  const { row, outcome, reasons } = result
  const line = (name: string, text: string): string => `  ${name.padEnd(9)}${text}`

  return [
    row.name,
    ...outcome instanceof Error
      ? []
      : [line('dials', describeDials(outcome)), line('listener', describeListener(outcome))],
    ...row.mustBe.length === 0 ? [] : [line('must be', row.mustBe.map(({ text }) => text).join('; '))],
    ...reasons.map(reason => line('FAILED', reason)),
    ...verdict(result) === 'passed' ? [line('passed', '')] : []
  ].map(text => text.trimEnd()).join('\n')
}

export function renderMarkdown (results: Result[]): string {
  return renderTable(['what happens', 'honest dials', 'the listener', 'must be', 'verdict'], results.map(result => {
    const { row, outcome } = result
    const cells = outcome instanceof Error ? [outcome.message, ''] : [describeDials(outcome), describeListener(outcome)]

    return [row.name, ...cells, row.mustBe.map(({ text }) => text).join('; '), verdict(result)]
  }))
}

function ms (value: number): string {
  if (value === Infinity) {
    return 'never'
  }

  return value < 1_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(1)} s`
}
