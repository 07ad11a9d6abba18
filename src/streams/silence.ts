/**
 * Deadlines that measure silence: while anything moves on the connection nothing
 * is overdue, however slow it is.
 */
import type { Clock } from '../clock.ts'
import type { Peer } from '../ports.ts'

/**
 * What shows that a connection works. Any difference to the last look counts.
 */
export interface Traffic {
  /**
   * Bytes that have arrived
   */
  received: number

  /**
   * Bytes that the stack has taken to send: it takes more when the remote has
   * acknowledged what it holds
   */
  sent: number

  /**
   * What changes with acknowledgements that arrive
   */
  acknowledged?: number
}

export function trafficOf (peer: Peer): Traffic {
  return { received: peer.bytesReceived(), sent: peer.bytesSent(), acknowledged: peer.acknowledged() }
}

/**
 * For how long acknowledgements count where no bytes move, in ms: as long as 1 MiB
 * takes with 17 kB/s. Those of heartbeats look the same, and they go on where
 * usrsctp has stopped to send (https://github.com/sctplab/usrsctp/issues/750).
 */
const MAX_ACKNOWLEDGEMENTS_ONLY = 60_000

/**
 * A deadline is looked at so many times. What moves right after a look makes it
 * up to one of them longer.
 */
const LOOKS = 10

export class Silence {
  private readonly clock: Clock
  private readonly look: () => Traffic

  constructor (clock: Clock, look: () => Traffic) {
    this.clock = clock
    this.look = look
  }

  /**
   * Calls back once nothing has moved for so long, in ms, unless the function
   * that is returned is called before. Silence is counted in looks, so that a
   * process that was stopped or busy does not take its own time for the remote's.
   */
  after (time: number, callback: () => void): () => void {
    let last = this.look()
    let silent = 0
    let withoutBytes = 0
    let cancel = (): void => {}

    const wait = (): void => {
      cancel = this.clock.after(Math.max(1, time / LOOKS), () => {
        const now = this.look()
        const hasBytes = now.received !== last.received || now.sent !== last.sent
        const isAcknowledged = now.acknowledged !== last.acknowledged && withoutBytes * time / LOOKS < MAX_ACKNOWLEDGEMENTS_ONLY
        last = now
        withoutBytes = hasBytes ? 0 : withoutBytes + 1
        silent = hasBytes || isAcknowledged ? 0 : silent + 1

        if (silent < LOOKS) {
          wait()
        } else {
          callback()
        }
      })
    }

    wait()

    return () => { cancel() }
  }
}
