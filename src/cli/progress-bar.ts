/**
 * How much of a file has come back, on a terminal.
 */
import cliProgress from 'cli-progress'
import { formatBytes, formatRate } from './format.ts'

export interface ProgressBar {
  update (bytes: number): void
  stop (): void
}

/**
 * @param size - in bytes
 */
export function createProgressBar (size: number): ProgressBar {
  const start = performance.now()
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage}% | {done} of {size} | {rate}',
    stream: process.stderr,
    hideCursor: true
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
