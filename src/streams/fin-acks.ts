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
 * lost: it is probed. While much arrives nothing is concluded: the remote may have sent
 * it before it read FIN, and FIN_ACK comes behind it.
 *
 * A FIN_ACK is overdue after a time in which a slow path has carried all that was sent
 * before it, or once nothing has moved on the connection for half of the time after which
 * the stream would be given up.
 *
 * | state     | event                              | next      | |
 * |-----------|------------------------------------|-----------|-|
 * | `unknown` | overdue, and heard                 | `never`   | every stream that waits is waived |
 * | `unknown` | the same, but much has arrived since FIN was sent, and still does | `unknown` | it is looked at again, up to `MAX_LOOKS` times |
 * | `unknown` | overdue, and not heard             | `unknown` | the remote is probed |
 * | `unknown` | FIN_ACK                            | `sent`    | |
 * | `never`   | FIN was sent                       | `never`   | the stream is waived at once |
 * | `never`   | FIN was received                   | `never`   | its FIN_ACK is owed |
 * | `never`   | FIN_ACK                            | `sent`    | what is owed is sent |
 *
 * `sent` is final: from such a remote, a FIN_ACK that is missing is a failure.
 */
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'

/**
 * How long a FIN_ACK may take before it is overdue, in ms, or so many round
 * trips if that is longer
 */
const PATIENCE = 1_000
const PATIENCE_ROUND_TRIPS = 4

/**
 * The same while the connection is being closed: js-libp2p allows a second for
 * that
 */
const CLOSING_PATIENCE = 200

/**
 * How much has to arrive after FIN was sent, and from one look to the next, for FIN_ACK to
 * be behind it, in bytes; the time between looks, in ms, and how many there are at most
 */
const MUCH = 16 * 1024
const LOOK_INTERVAL = 200
const MAX_LOOKS = 25

/**
 * FIN follows what the stream has sent before, on a path that may be as slow as
 * that, in bytes a second
 */
const SLOW_PATH = 32 * 1024

/**
 * Stops to wait for the FIN_ACK of one stream, and stands for that stream
 */
export type Waive = () => void

/**
 * Sends the FIN_ACK of one stream
 */
export type Acknowledge = () => void

export interface FinAcksInit {
  /**
   * @default - that of the system
   */
  clock?: Clock

  /**
   * The round trip time in ms, if known
   */
  rtt? (): number | undefined

  /**
   * How long the stack may need to send what it holds, in ms, and how many bytes
   * that can be
   */
  backlog? (): number
  sendBufferSize?: number

  /**
   * How many bytes have arrived on the connection
   *
   * @default - nothing is known of that
   */
  bytesReceived? (): number

  /**
   * Calls back once nothing has moved on the connection for so long that a FIN_ACK is
   * overdue, unless the function that is returned is called before
   *
   * @default - never
   */
  afterSilence? (callback: () => void): () => void

  /**
   * Makes the remote answer, if it lives
   */
  probe? (): void
}

interface Waiting {
  readonly since: number
  readonly bytes: number

  /**
   * What had arrived on the connection when FIN was sent
   */
  readonly receivedBefore: number
  overdue: boolean
  heard: boolean

  /**
   * Whether it is overdue, and looked at again
   */
  isPostponed: boolean
  cancel (): void
}

export class FinAcks {
  private readonly init: FinAcksInit
  private readonly clock: Clock
  private readonly waiting = new Map<Waive, Waiting>()
  private readonly owed = new Set<Acknowledge>()
  private isClosing = false

  state: 'unknown' | 'sent' | 'never' = 'unknown'

  constructor (init: FinAcksInit = {}) {
    this.init = init
    this.clock = init.clock ?? systemClock
  }

  /**
   * A stream has sent FIN; `waive` may be called at once
   *
   * @param waive - called when the FIN_ACK is not awaited any more
   * @param bytes - what the stream has sent before
   */
  expect (waive: Waive, bytes: number = 0): void {
    if (this.state === 'never') {
      waive()
    } else if (this.state === 'unknown') {
      const waiting: Waiting = { since: this.clock.now(), bytes, receivedBefore: this.bytesReceived(), overdue: false, heard: false, isPostponed: false, cancel: () => {} }

      this.waiting.set(waive, waiting)
      this.watch(waiting)
    }
  }

  /**
   * The connection is being closed: what is overdue is to be known soon
   */
  hurry (): void {
    this.isClosing = true

    for (const waiting of this.waiting.values()) {
      if (!waiting.overdue) {
        waiting.cancel()
        this.watch(waiting)
      }
    }
  }

  private watch (waiting: Waiting): void {
    const { rtt, backlog, sendBufferSize = Infinity, afterSilence } = this.init
    const patience = Math.max(
      this.isClosing ? CLOSING_PATIENCE : PATIENCE,
      PATIENCE_ROUND_TRIPS * (rtt?.() ?? 0),
      Math.min(waiting.bytes, sendBufferSize) / SLOW_PATH * 1_000,
      backlog?.() ?? 0
    )

    const onOverdue = (): void => {
      waiting.cancel()
      waiting.overdue = true

      if (waiting.heard) {
        this.conclude(waiting)
      } else {
        this.init.probe?.()
      }
    }

    const cancels = [
      this.clock.after(Math.max(1, waiting.since + patience - this.clock.now()), onOverdue),
      afterSilence?.(onOverdue)
    ]

    waiting.cancel = () => { cancels.forEach(cancel => cancel?.()) }
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
    for (const waiting of this.waiting.values()) {
      if (waiting.overdue) {
        this.conclude(waiting)
      }
    }
  }

  private bytesReceived (): number {
    return this.init.bytesReceived?.() ?? 0
  }

  /**
   * A FIN_ACK is overdue, and the remote was heard
   */
  private conclude (waiting: Waiting): void {
    if (waiting.isPostponed) {
      return
    }

    const received = this.bytesReceived()

    if (received - waiting.receivedBefore <= MUCH) {
      this.giveUp()
    } else {
      waiting.isPostponed = true
      this.postpone(waiting, received, MAX_LOOKS)
    }
  }

  /**
   * Looks again as long as much arrives
   */
  private postpone (waiting: Waiting, before: number, looks: number): void {
    waiting.cancel = this.clock.after(LOOK_INTERVAL, () => {
      const now = this.bytesReceived()

      if (now - before > MUCH && looks > 1) {
        this.postpone(waiting, now, looks - 1)
      } else {
        this.giveUp()
      }
    })
  }

  private giveUp (): void {
    this.state = 'never'
    this.clear().forEach(waive => { waive() })
  }

  /**
   * A stream does not wait any more
   */
  settled (waive: Waive): void {
    this.waiting.get(waive)?.cancel()
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
    waiting.forEach(([, { cancel }]) => { cancel() })

    return waiting.map(([waive]) => waive)
  }
}
