/**
 * When is it time to look? To wake up a process takes longer than a few looks, so
 * while nothing happens there are fewer ticks, with more looks each.
 *
 * | state     | event                                     | next      |
 * |-----------|-------------------------------------------|-----------|
 * | `stopped` | `start`                                   | `busy`    |
 * | `quiet`   | `start`, `hurry`, a tick finds something  | `busy`    |
 * | `busy`    | a tick after which nothing is busy        | `quiet`   |
 * | any       | `stop`                                    | `stopped` |
 *
 * - There is one timer unless it is stopped, and none if it is.
 * - What happens is looked at within `INTERVALS.busy`.
 */
import type { Clock } from '../clock.ts'

/**
 * From one tick to the next, in ms
 */
const INTERVALS = { busy: 20, quiet: 200 }

export interface TickerInit {
  clock: Pick<Clock, 'after'>

  /**
   * @param rounds - how many of the short intervals it stands for
   */
  tick (rounds: number): void

  /**
   * Whether something is to be looked at again soon
   */
  isBusy (): boolean
}

export class Ticker {
  private readonly init: TickerInit
  private state: 'stopped' | keyof typeof INTERVALS = 'stopped'
  private cancel = (): void => {}

  constructor (init: TickerInit) {
    this.init = init
  }

  /**
   * Something is there to be looked at
   */
  start (): void {
    if (this.state !== 'busy') {
      this.wait('busy')
    }
  }

  stop (): void {
    this.state = 'stopped'
    this.cancel()
  }

  /**
   * Something happens
   */
  hurry (): void {
    if (this.state === 'quiet') {
      this.wait('busy')
    }
  }

  private wait (state: keyof typeof INTERVALS): void {
    this.cancel()
    this.state = state
    this.cancel = this.init.clock.after(INTERVALS[state], () => { this.tick(INTERVALS[state] / INTERVALS.busy) })
  }

  private tick (rounds: number): void {
    try {
      this.init.tick(rounds)
    } finally {
      if (this.state !== 'stopped') {
        this.wait(this.init.isBusy() ? 'busy' : 'quiet')
      }
    }
  }
}
