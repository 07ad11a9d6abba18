/**
 * Whether the remote acknowledges the end of streams (FIN_ACK), learned from
 * the streams of one connection.
 *
 * rust-libp2p never does, and does not close the data channel either. Waiting
 * for it would hold up every stream for the whole `finAckTimeout` and then reset
 * it. So where no FIN_ACK has ever come, and one is overdue although the remote
 * was heard on the stream after FIN was sent, none is awaited any more: on this
 * and every later stream of the connection, until one comes after all. Nor is one
 * sent there: rust-libp2p does not know the flag, and fails the read that meets
 * it ("unknown enumeration value 3"). A remote that is not heard may be dead,
 * and what was sent to it lost.
 *
 * | state     | event                              | next      | |
 * |-----------|------------------------------------|-----------|-|
 * | `unknown` | overdue, and heard since FIN       | `never`   | every stream that waits is waived |
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
  since: number
  timer?: ReturnType<typeof setTimeout>
}

export class FinAcks {
  private readonly rtt: () => number | undefined
  private readonly waiting = new Map<Waive, Waiting>()
  private readonly owed = new Set<Acknowledge>()

  state: 'unknown' | 'sent' | 'never' = 'unknown'

  /**
   * @param rtt - the round trip time in ms, if known
   */
  constructor (rtt: () => number | undefined) {
    this.rtt = rtt
  }

  /**
   * A stream has sent FIN; `waive` may be called at once
   */
  expect (waive: Waive): void {
    if (this.state === 'never') {
      waive()
    } else if (this.state === 'unknown') {
      this.waiting.set(waive, { since: Date.now() })
    }
  }

  /**
   * Something other than FIN_ACK arrived on a stream that waits
   */
  heard (waive: Waive): void {
    const waiting = this.waiting.get(waive)

    if (waiting == null || waiting.timer != null) {
      return
    }

    const patience = Math.max(PATIENCE, PATIENCE_ROUND_TRIPS * (this.rtt() ?? 0))

    waiting.timer = setTimeout(() => {
      this.state = 'never'
      this.clear().forEach(waive => { waive() })
    }, Math.max(0, waiting.since + patience - Date.now()))
    waiting.timer.unref?.()
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
