/**
 * How the round trip times of pings are spread.
 */
import { formatColumn } from './format.ts'

/**
 * Up to how many parts the times are cut into, but for one or two that rounding adds
 */
const PARTS = 8

/**
 * The share of the answers that is cut into parts. Those that took longer have one
 * part together: a single late one would leave the others in one part.
 */
const SHARE = 0.95

/**
 * The least width of a part, in ms: browsers and clocks tell no finer times
 */
const MIN_WIDTH = 0.001

/**
 * The longest bar, in characters
 */
const BAR = 40

export interface HistogramPart {
  /**
   * In ms
   */
  from: number

  /**
   * In ms, not part of it; none where it has no end
   */
  to?: number

  /**
   * How many answers took so long
   */
  count: number
}

/**
 * @param rtts - one time in ms for each answer
 */
export function pingHistogram (rtts: number[]): HistogramPart[] {
  if (rtts.length === 0) {
    return []
  }

  const sorted = rtts.toSorted((a, b) => a - b)
  const high = sorted[Math.ceil(SHARE * sorted.length) - 1]
  const width = Math.max(MIN_WIDTH, roundUp((high - sorted[0]) / PARTS))
  const first = Math.floor(sorted[0] / width)
  const last = Math.floor(high / width)
  const counts = new Array<number>(last - first + 2).fill(0)

  for (const rtt of sorted) {
    counts[Math.min(Math.floor(rtt / width), last + 1) - first]++
  }

  const beyond = counts.pop() ?? 0
  const bound = (i: number): number => parseFloat(((first + i) * width).toPrecision(12))
  const parts: HistogramPart[] = counts.map((count, i) => ({ from: bound(i), to: bound(i + 1), count }))

  return beyond === 0 ? parts : [...parts, { from: bound(counts.length), count: beyond }]
}

export function formatPingHistogram (parts: HistogramPart[]): string {
  const most = Math.max(...parts.map(({ count }) => count))
  const width = parts[0].to == null ? MIN_WIDTH : parts[0].to - parts[0].from
  const decimals = Math.max(0, -Math.floor(Math.log10(width * 1.000001)))
  const labels = formatColumn(parts.map(({ from, to }) => `${from.toFixed(decimals)} ${to == null ? 'or more' : `- ${to.toFixed(decimals)}`} ms`))
  const counts = formatColumn(parts.map(({ count }) => `${count}`))

  return parts.map(({ count }, i) => `${labels[i]}  ${counts[i]}  ${'█'.repeat(Math.ceil(BAR * count / most))}`.trimEnd()).join('\n')
}

/**
 * The next of 1, 2, 5, 10, 20, …
 */
function roundUp (value: number): number {
  if (value === 0) {
    return 0
  }

  const power = 10 ** Math.floor(Math.log10(value))

  return power * ([1, 2, 5].find(factor => factor * power >= value) ?? 10)
}
