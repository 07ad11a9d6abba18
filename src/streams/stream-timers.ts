import { MAX_DELAY } from '../clock.ts'
import { waitsFor } from './state/stream-state.ts'
import type { Silence } from './silence.ts'
import type { Clock } from '../clock.ts'
import type { StreamState, Wait } from './state/stream-state.ts'

export interface StateTimerInit {
  clock: Clock
  silence: Silence

  /**
   * How long the remote may be silent while something is awaited from it, how
   * long it has to close the channel, and to close it without our FIN, in ms
   */
  patience (wait: Wait): number

  onTimeout (): void
}

/**
 * The deadline of what the state of a stream waits for. A FIN_ACK or FIN is overdue
 * after silence: it may come late on a slow path. A channel has to be closed after
 * a time: a remote that leaves it open may send on others for ever.
 */
export class StateTimer {
  private readonly init: StateTimerInit
  private waits?: Wait
  private cancel?: () => void

  constructor (init: StateTimerInit) {
    this.init = init
  }

  update (state: StreamState): void {
    const waits = waitsFor(state)

    if (waits === this.waits) {
      return
    }

    this.waits = waits
    this.cancel?.()
    this.cancel = undefined

    if (waits == null) {
      return
    }

    const delay = this.init.patience(waits)

    if (delay === 0) {
      this.init.onTimeout()
      return
    }

    const deadlines = waits === 'remote' ? this.init.silence : this.init.clock

    this.cancel = deadlines.after(Math.min(delay, MAX_DELAY), () => {
      // the next state may wait for the same anew
      this.waits = undefined
      this.init.onTimeout()
    })
  }
}

/**
 * Calls back when nothing was sent or received on a stream for a time
 */
export class InactivityTimer {
  private readonly clock: Clock
  private readonly onInactive: (timeout: number) => void
  private limit = Infinity
  private lastActive = 0
  private cancel?: () => void

  constructor (clock: Clock, onInactive: (timeout: number) => void) {
    this.clock = clock
    this.onInactive = onInactive
  }

  /**
   * In ms, Infinity for none
   */
  get timeout (): number {
    return this.limit
  }

  set timeout (timeout: number) {
    this.stop()
    this.limit = timeout

    if (timeout < Infinity) {
      this.lastActive = this.clock.now()
      this.watch()
    }
  }

  /**
   * Something was sent or received
   */
  touch (): void {
    if (this.limit < Infinity) {
      this.lastActive = this.clock.now()
    }
  }

  stop (): void {
    this.cancel?.()
    this.cancel = undefined
  }

  private watch (): void {
    const left = this.lastActive + this.limit - this.clock.now()

    this.cancel = this.clock.after(Math.min(Math.max(left, 1), MAX_DELAY), () => {
      if (this.clock.now() - this.lastActive >= this.limit) {
        this.onInactive(this.limit)
      } else {
        this.watch()
      }
    })
  }
}
