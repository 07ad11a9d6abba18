/**
 * Collects garbage at once, so that what a process holds can be told.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/**
 * As of V8; its own type says nothing of the flavor
 */
const gc: (options: { type: 'major', execution: 'sync', flavor: 'last-resort' }) => void = runInNewContext('gc')

/**
 * With the third and fourth nothing changes any more
 */
const COLLECTIONS = 5

/**
 * Collects in some turns of the event loop: what was collected once may leave several MB to
 * be freed by then. Pages that are almost empty are given back, too, for which V8 else
 * waits until nothing happens for some seconds.
 */
export async function collectGarbage (): Promise<void> {
  for (let i = 0; i < COLLECTIONS; i++) {
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await nextTurn()
  }
}
