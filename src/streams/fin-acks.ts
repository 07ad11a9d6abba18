/**
 * Whether the remote acknowledges the end of streams (FIN_ACK), learned from
 * the streams of one connection.
 *
 * rust-libp2p never does, and does not close the data channel either. Waiting
 * for it would hold up every stream for the whole `finAckTimeout` and then reset
 * it. So where no FIN_ACK has ever come, and one is overdue although the remote
 * was heard (on the stream after FIN was sent, or on any stream when it was
 * overdue), none is awaited any more: on this and every later stream of the
 * connection, until one comes after all. Nor is one sent there: rust-libp2p does
 * not know the flag, and fails the read that meets it ("unknown enumeration
 * value 3"). A remote that is not heard may be dead, and what was sent to it
 * lost: it is probed.
 *
 * | state     | event                              | next      | |
 * |-----------|------------------------------------|-----------|-|
 * | `unknown` | overdue, and heard                 | `never`   | every stream that waits is waived |
 * | `unknown` | overdue, and not heard             | `unknown` | the remote is probed |
 * | `unknown` | FIN_ACK                            | `sent`    | |
 * | `never`   | FIN was sent                       | `never`   | the stream is waived at once |
 * | `never`   | FIN was received                   | `never`   | its FIN_ACK is owed |
 * | `never`   | FIN_ACK                            | `sent`    | what is owed is sent |
 *
 * `sent` is final: from such a remote, a FIN_ACK that is missing is a failure.
 */

/**
 * How long a FIN_ACK may take before it is overdue, in ms, or so many round
 * trips if that is longer
 */
const PATIENCE = 1_000
const PATIENCE_ROUND_TRIPS = 4

/**
 * Stops to wait for the FIN_ACK of one stream, and stands for that stream
 */
export type Waive = () => void

/**
 * Sends the FIN_ACK of one stream
 */
export type Acknowledge = () => void

interface Waiting {
  overdue: boolean
  heard: boolean
  timer: ReturnType<typeof setTimeout>
}

export class FinAcks {
  private readonly rtt: () => number | undefined
  private readonly probe: () => void
  private readonly waiting = new Map<Waive, Waiting>()
  private readonly owed = new Set<Acknowledge>()

  state: 'unknown' | 'sent' | 'never' = 'unknown'

  /**
   * @param rtt - the round trip time in ms, if known
   * @param probe - makes the remote answer, if it lives
   */
  constructor (rtt: () => number | undefined, probe: () => void = () => {}) {
    this.rtt = rtt
    this.probe = probe
  }

  /**
   * A stream has sent FIN; `waive` may be called at once
   */
  expect (waive: Waive): void {
    if (this.state === 'never') {
      waive()
    } else if (this.state === 'unknown') {
      const waiting: Waiting = {
        overdue: false,
        heard: false,
        timer: setTimeout(() => {
          waiting.overdue = true

          if (waiting.heard) {
            this.giveUp()
          } else {
            this.probe()
          }
        }, this.patience())
      }

      waiting.timer.unref?.()
      this.waiting.set(waive, waiting)
    }
  }

  /**
   * Something other than FIN_ACK arrived on a stream that waits
   */
  heard (waive: Waive): void {
    const waiting = this.waiting.get(waive)

    if (waiting != null) {
      waiting.heard = true
      this.heardElsewhere()
    }
  }

  /**
   * Something arrived on any stream
   */
  heardElsewhere (): void {
    const [oldest] = this.waiting.values()

    if (oldest?.overdue === true) {
      this.giveUp()
    }
  }

  private patience (): number {
    return Math.max(PATIENCE, PATIENCE_ROUND_TRIPS * (this.rtt() ?? 0))
  }

  private giveUp (): void {
    this.state = 'never'
    this.clear().forEach(waive => { waive() })
  }

  /**
   * A stream does not wait any more
   */
  settled (waive: Waive): void {
    clearTimeout(this.waiting.get(waive)?.timer)
    this.waiting.delete(waive)
  }

  /**
   * A stream has received FIN: acknowledges it, now or when the remote turns out
   * to know what that is
   */
  acknowledge (acknowledge: Acknowledge): void {
    if (this.state === 'never') {
      this.owed.add(acknowledge)
    } else {
      acknowledge()
    }
  }

  /**
   * The channel of a stream is closed
   */
  forget (acknowledge: Acknowledge): void {
    this.owed.delete(acknowledge)
  }

  /**
   * FIN_ACK was received, on any stream
   */
  received (): void {
    this.state = 'sent'
    this.clear()

    const owed = [...this.owed]
    this.owed.clear()
    owed.forEach(acknowledge => { acknowledge() })
  }

  private clear (): Waive[] {
    const waiting = [...this.waiting]

    this.waiting.clear()
    waiting.forEach(([, { timer }]) => { clearTimeout(timer) })

    return waiting.map(([waive]) => waive)
  }
}
