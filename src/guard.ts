import type { Logger } from '@libp2p/interface'

/**
 * Wraps a function that a WebRTC stack calls. An exception that leaves it ends the
 * process where the stack is native, and is nobody's in a browser.
 */
export function guard <Args extends unknown[]> (log: Logger, fn: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      fn(...args)
    } catch (err) {
      log.error('error in a callback of the WebRTC stack - %e', err)
    }
  }
}
