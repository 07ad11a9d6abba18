import { RemoteIds } from './state/remote-ids.ts'
import type { Clock } from '../clock.ts'

/**
 * A connection whose ids are used up is closed when no stream is open and none
 * has been opened for so long, in ms: the remote is not told before, and what
 * it opens in that moment fails
 */
const QUIET = 100

export interface RetirementInit {
  clock: Clock

  /**
   * The highest id that a channel can have
   */
  maxChannelId: number

  /**
   * How long to wait for a quiet moment, in ms
   */
  patience: number

  /**
   * How many streams are open
   */
  openStreams (): number

  /**
   * When the last stream was opened, by the clock
   */
  lastOpened (): number

  /**
   * It is time to close the connection
   */
  onDue (): void
}

/**
 * A remote whose ids run out (`remote-ids.ts`) is served on. The connection is
 * closed in the first moment in which no stream is open, after a while in any
 * case.
 */
export class Retirement {
  private readonly init: RetirementInit
  private readonly remoteIds: RemoteIds
  private due = false
  private cancel?: () => void
  private deadline = Infinity
  private stopped = false

  constructor (init: RetirementInit) {
    this.init = init
    this.remoteIds = new RemoteIds(init.maxChannelId)
  }

  /**
   * Whether no further stream of the remote is served
   */
  get isDue (): boolean {
    return this.due
  }

  /**
   * The remote opened a channel
   */
  opened (id: number): void {
    this.remoteIds.opened(id)
    this.check()
  }

  /**
   * A channel that the remote opened is closed
   */
  closed (): void {
    this.remoteIds.closed()
    this.check()
  }

  stop (): void {
    this.stopped = true
    this.cancel?.()
  }

  private check (): void {
    const { state } = this.remoteIds

    if (this.stopped || (state !== 'running-out' && state !== 'used-up')) {
      return
    }

    this.due = state === 'used-up'

    if (this.cancel == null) {
      this.deadline = this.init.clock.now() + this.init.patience
      this.look()
    }
  }

  private look (): void {
    const { clock, openStreams, lastOpened, onDue } = this.init

    this.cancel = clock.after(QUIET / 5, () => {
      const now = clock.now()
      const quiet = openStreams() === 0 && (this.due || now - lastOpened() >= QUIET)

      if (this.remoteIds.state === 'reuses') {
        this.cancel = undefined
      } else if (quiet || now >= this.deadline) {
        this.due = true
        onDue()
      } else {
        this.look()
      }
    })
  }
}
