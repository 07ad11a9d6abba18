/**
 * How many bytes have moved, on a terminal.
 */
import cliProgress from 'cli-progress'
import { formatBytes, formatRate } from './format.ts'

export interface ProgressBar {
  update (bytes: number): void
  stop (): void
}

export interface ProgressBarOptions {
  /**
   * What stands in front of the bar
   */
  label?: string

  /**
   * Whether nothing is left of the bar when it is stopped
   */
  transient?: boolean
}

/**
 * @param size - in bytes
 */
export function createProgressBar (size: number, { label, transient = false }: ProgressBarOptions = {}): ProgressBar {
  const start = performance.now()
  const bar = new cliProgress.SingleBar({
    format: `${label == null ? '' : `${label} `}{bar} {percentage}% | {done} of {size} | {rate}`,
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: transient
  }, cliProgress.Presets.shades_classic)

  const describe = (bytes: number): object => ({
    done: formatBytes(bytes),
    size: formatBytes(size),
    rate: formatRate(bytes, performance.now() - start)
  })

  bar.start(size, 0, describe(0))

  return {
    update: (bytes) => { bar.update(bytes, describe(bytes)) },
    stop: () => { bar.stop() }
  }
}
