import type { Logger } from '@libp2p/interface'

/**
 * Wraps a function that native code calls: an exception that leaves it ends the
 * process.
 */
export function guard <Args extends unknown[]> (log: Logger, fn: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      fn(...args)
    } catch (err) {
      log.error('error in a native callback - %e', err)
    }
  }
}
