/**
 * What came out, in words.
 */
import { percentile, successRate } from './outcome.ts'
import type { Outcome } from './outcome.ts'

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

export function describe (outcome: Outcome): Record<string, string> {
  return { dials: describeDials(outcome), listener: describeListener(outcome) }
}

function ms (value: number): string {
  if (value === Infinity) {
    return 'never'
  }

  return value < 1_000 ? `${value.toFixed(0)} ms` : `${(value / 1_000).toFixed(1)} s`
}
