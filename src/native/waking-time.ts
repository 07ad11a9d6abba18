/**
 * The time in which the process could hear what a remote does. What it was stopped
 * or busy for does not count: nothing was heard then, whatever the remote did.
 */
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'

/**
 * What counts as time between two questions, in ms, is not more than that: somebody
 * asks every 200 ms at least (`ticker.ts`)
 */
const MAX_STEP = 500

export class WakingTime implements Pick<Clock, 'now'> {
  private readonly clock: Pick<Clock, 'now'>
  private last: number
  private elapsed = 0

  constructor (clock: Pick<Clock, 'now'> = systemClock) {
    this.clock = clock
    this.last = clock.now()
  }

  /**
   * In ms since some moment. It has to be asked more often than every 500 ms.
   */
  now (): number {
    const now = this.clock.now()

    this.elapsed += Math.min(now - this.last, MAX_STEP)
    this.last = now

    return this.elapsed
  }
}
