/**
 * One timer that looks at all connections.
 *
 * The messages of a channel and its close come through two queues that don't
 * know of each other, and the native `onClosed` throws away what the other one
 * still holds. So a close is found by looking, and counts when nothing has
 * arrived between two looks.
 */
import { register } from './lifetime.ts'

/**
 * How often to look, in ms. A look at a channel takes 0.1 µs.
 */
const INTERVAL = 20

export interface Swept {
  /**
   * Never throws
   */
  sweep (): void
}

const swept = new Set<Swept>()
let timer: ReturnType<typeof setInterval> | undefined

register({ isInUse: () => swept.size > 0 })

/**
 * How many connections the native stack holds in this process
 */
export function openPeers (): number {
  return swept.size
}

/**
 * Looks at the connection from now on, and holds it: the stack closes what is
 * garbage collected.
 */
export function watch (peer: Swept): void {
  swept.add(peer)
  timer ??= setInterval(() => {
    for (const peer of swept) {
      peer.sweep()
    }
  }, INTERVAL).unref()
}

export function unwatch (peer: Swept): void {
  swept.delete(peer)

  if (swept.size === 0) {
    clearInterval(timer)
    timer = undefined
  }
}
