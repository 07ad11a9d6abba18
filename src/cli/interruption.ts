/**
 * What ends a command before it is done, and how fast.
 */
import { constants } from 'node:os'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * npm passes on the signal that a terminal has sent to both of them already, in ms
 */
const SAME_SIGNAL = 100

/**
 * How long remotes have to be told that their connections are closed once nobody
 * wants to wait for it, in ms
 */
const HURRY = 500

export class Interruption {
  private readonly controller = new AbortController()
  private first?: number

  /**
   * Where nobody wanted to wait for the end: 130 after Ctrl-C, as shells have it
   */
  exitCode?: number

  /**
   * @param hurry - closes what is open without waiting for anything
   */
  constructor (hurry: () => void) {
    for (const name of SIGNALS) {
      process.on(name, () => { this.onSignal(name, hurry) })
    }

    // nobody reads the output any more, or there is no room for it
    process.stdout.on('error', (err) => { this.controller.abort(err) })
    process.stderr.on('error', () => {})
  }

  /**
   * Aborts at the first signal, and when standard output can't be written to
   */
  get signal (): AbortSignal {
    return this.controller.signal
  }

  private onSignal (name: typeof SIGNALS[number], hurry: () => void): void {
    const now = performance.now()

    if (this.first == null) {
      this.first = now
      this.controller.abort(new Error('interrupted'))
    } else if (now - this.first > SAME_SIGNAL) {
      const exitCode = 128 + constants.signals[name]

      this.exitCode = exitCode
      hurry()
      setTimeout(() => { process.exit(exitCode) }, HURRY).unref()
    }
  }
}
