/**
 * Makes a stack go on that has forgotten to send something again.
 *
 * The retransmission timer of usrsctp, which libdatachannel and Firefox have, may stop
 * while a message is on its way (`native/t3-rtx.ts`): where that one is lost it is sent
 * again when something else is sent, and not before. Where every stream waits for an
 * answer nothing is: 3 of 100 times that 200 short streams went over a path that loses
 * 5 %. So where a connection falls silent and what was sent last may not have arrived,
 * something small is sent: once, and once more where a stream waits for the remote. It is
 * not more often, because SCTP ends an association over which it can't send anything, and
 * one that rests survives an outage.
 *
 * | state    | event                                                  | next     |
 * |----------|--------------------------------------------------------|----------|
 * | `quiet`  | a message is sent or received                          | `silent` |
 * | `silent` | the same                                               | `silent`, counted anew |
 * | `silent` | for long nothing, and what was sent may be on its way  | `silent`: a nudge, and the next takes longer |
 * | `silent` | the same, but nothing may be sent for a while          | `silent`: looks again then |
 * | `silent` | for long nothing, but all that was sent is answered    | `quiet`  |
 * | `silent` | for long nothing, after `MAX_NUDGES`                   | `quiet`  |
 * | any      | `stop`                                                 | (none)   |
 *
 * - There is one timer while it is silent, and none otherwise.
 * - What a nudge sends (`nudge-carrier.ts`) is no message here: none follows from
 *   another one.
 */
import type { Clock } from '../clock.ts'

/**
 * How long a connection is silent before it is nudged, in ms, and in round trips beyond
 * that; each nudge waits so many times as long as the one before
 */
const PATIENCE = 1_000
const PATIENCE_ROUND_TRIPS = 4
const BACKOFF = 3
const MAX_NUDGES = 2

/**
 * What was sent so long before the last message came, in ms and in round trips beyond
 * that, has arrived: messages that were lost themselves come that late
 */
const DELIVERED = 3_000
const DELIVERED_ROUND_TRIPS = 4

export interface NudgeInit {
  clock: Clock

  /**
   * The round trip time in ms, if known
   */
  rtt (): number | undefined

  /**
   * Sends something small. Returns how long to wait where that may not be done yet, in
   * ms, or else 0. Never throws.
   *
   * @param isFirst - whether the connection has just fallen silent
   * @param arrived - until when what was sent has arrived, by the clock
   */
  nudge (isFirst: boolean, arrived: number): number
}

export class Nudge {
  private readonly init: NudgeInit
  private sentAt = -Infinity
  private heardAt = -Infinity
  private nudgedAt = -Infinity
  private nudges = 0
  private cancel?: () => void
  private isStopped = false

  constructor (init: NudgeInit) {
    this.init = init
  }

  /**
   * A message is sent. Returns when, by the clock.
   */
  onSent (): number {
    this.sentAt = this.init.clock.now()
    this.onMessage()

    return this.sentAt
  }

  /**
   * A message has arrived
   */
  onHeard (): void {
    this.heardAt = this.init.clock.now()
    this.onMessage()
  }

  stop (): void {
    this.isStopped = true
    this.endWait()
  }

  private onMessage (): void {
    if (this.nudges > 0) {
      // the next one is far away
      this.nudges = 0
      this.endWait()
    }

    if (this.cancel == null && !this.isStopped) {
      this.wait(this.patience())
    }
  }

  private patience (): number {
    return (PATIENCE + PATIENCE_ROUND_TRIPS * (this.init.rtt() ?? 0)) * BACKOFF ** this.nudges
  }

  private wait (time: number): void {
    this.cancel = this.init.clock.after(Math.max(1, time), () => {
      this.cancel = undefined
      this.look()
    })
  }

  private endWait (): void {
    this.cancel?.()
    this.cancel = undefined
  }

  private look (): void {
    const now = this.init.clock.now()
    const left = Math.max(this.sentAt, this.heardAt, this.nudgedAt) + this.patience() - now

    if (left > 0) {
      this.wait(left)
    } else if (this.nudges < MAX_NUDGES && this.sentAt >= this.arrived()) {
      this.nudge(now)
    }
  }

  private nudge (now: number): void {
    const delay = this.init.nudge(this.nudges === 0, this.arrived())

    if (delay > 0) {
      this.wait(delay)
    } else {
      this.nudges++
      this.nudgedAt = now
      this.wait(this.patience())
    }
  }

  private arrived (): number {
    return this.heardAt - DELIVERED - DELIVERED_ROUND_TRIPS * (this.init.rtt() ?? 0)
  }
}
