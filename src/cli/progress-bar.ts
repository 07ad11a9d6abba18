/**
 * How many bytes have moved, on a terminal.
 */
import cliProgress from 'cli-progress'
import { canMoveCursor } from './color.ts'
import { renderProgress } from './progress.ts'

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

const SHOW_CURSOR = '\x1b[?25h\x1b[?7h'

/**
 * Whether there is a terminal for bars
 */
export function showsBars (): boolean {
  return canMoveCursor(process.stderr, process.env)
}

/**
 * @param size - in bytes, if it is known
 */
export function createProgressBar (size: number | undefined, { label, transient = false }: ProgressBarOptions = {}): ProgressBar {
  const start = performance.now()
  const bar = new cliProgress.SingleBar({
    format: (_, { value: bytes }) => renderProgress({ bytes, size, elapsed: performance.now() - start }, process.stderr.columns || 80, label),
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: transient,

    // src/cli/interruption.ts ends what runs, which stops the bar
    gracefulExit: false
  }, cliProgress.Presets.shades_classic)
  const restore = (): void => { process.stderr.write(SHOW_CURSOR) }

  process.on('exit', restore)
  bar.start(size ?? Number.MAX_SAFE_INTEGER, 0)

  return {
    update: (bytes) => { bar.update(bytes) },
    stop: () => {
      bar.stop()
      process.off('exit', restore)
    }
  }
}
