/**
 * How far a transfer is, for people and for machines.
 */
import { formatBytes, formatDuration, formatRate } from './format.ts'

/**
 * How often machines are told, in ms
 */
const INTERVAL = 1_000

const BAR = 30

/**
 * Below that a bar says nothing that the percentage does not
 */
const MIN_BAR = 5

export interface Transfer {
  /**
   * How many bytes have moved
   */
  bytes: number

  /**
   * How many there are in all, where that is known
   */
  size?: number

  /**
   * Since the start, in ms
   */
  elapsed: number
}

export interface Progress extends Transfer {
  /**
   * In bytes per second
   */
  rate: number

  /**
   * How long the rest takes at that rate, in ms, where the size is known and
   * something has moved
   */
  timeLeft?: number
}

export function progressOf ({ bytes, size, elapsed }: Transfer): Progress {
  const rate = elapsed > 0 ? 1_000 * bytes / elapsed : 0

  return {
    bytes,
    size,
    elapsed,
    rate,
    timeLeft: size == null || rate === 0 ? undefined : 1_000 * (size - bytes) / rate
  }
}

/**
 * One line that fits
 */
export function renderProgress (transfer: Transfer, columns: number, label?: string): string {
  const { bytes, size, rate, timeLeft, elapsed } = progressOf(transfer)
  const front = label == null ? '' : `${label} `

  if (size == null) {
    return `${front}${formatBytes(bytes)} | ${formatRate(rate, 1_000)} | ${formatDuration(elapsed)}`.slice(0, columns)
  }

  const share = size === 0 ? 1 : Math.min(1, bytes / size)
  const percent = `${Math.floor(100 * share)}%`.padStart(4)
  const left = timeLeft == null ? '' : `${formatDuration(timeLeft)} left`
  const parts = [`${formatBytes(bytes)} of ${formatBytes(size)}`, formatRate(rate, 1_000), left]

  // what was said already, and what follows from the rest, goes first
  const texts = [parts, parts.slice(1), parts.slice(2)]
    .map(parts => [percent, ...parts.filter(Boolean)].join(' | '))
  const room = (text: string): number => columns - front.length - text.length - 1
  const text = texts.find(text => room(text) >= MIN_BAR) ?? percent
  const bar = Math.min(BAR, room(text))
  const done = Math.round(share * Math.max(0, bar))

  return (front + (bar < MIN_BAR ? '' : '█'.repeat(done) + '░'.repeat(bar - done)) + text).slice(0, columns)
}

/**
 * Calls a function at most once in a while, and never at first
 */
export function nowAndThen (report: () => void, now = () => performance.now()): () => void {
  let last = now()

  return () => {
    if (now() - last >= INTERVAL) {
      last = now()
      report()
    }
  }
}
