/**
 * Has the remote closed the connection, or was it lost?
 *
 * Where ICE gives up the stack says so (`failed`), 30 s after the last answer to
 * a check. Where SCTP gives up, because what was sent has not been acknowledged
 * for 3.5 s or more, it ends the connection as if the remote had closed it
 * (libdatachannel 0.24.5, `SctpTransport::processNotification`). What tells the
 * two apart: a remote that closes was there a moment ago (this end says so by
 * closing the handshake channel first), and SCTP gives up only while something is
 * on its way.
 *
 * The stack counts whole messages, not acknowledgements. So three more things are
 * taken for a sign of life: the round trip time changes, the stack takes more
 * although it was full, and the remote opens or closes a channel.
 */

import { ConnectionLostError } from '../errors.ts'
import type { Clock } from '../clock.ts'

/**
 * How long a remote that closes the connection may have been silent, in ms. With
 * two of its timers running SCTP gives up after 3.5 s, with three after 1.8 s.
 */
const MAX_PAUSE = 1_500

/**
 * ICE gives up when it has had no answer for so long, in ms: the silence was not
 * longer
 */
const CONSENT_TIMEOUT = 30_000

/**
 * What was sent so long before the last sign of life, in ms, has arrived
 */
const DELIVERED = 1_000

/**
 * SCTP gives up with the sixth retransmission, each of which waits twice as long
 * as the one before, from 200 ms up to 10 s
 */
const RETRANSMISSIONS = 6
const MIN_RTO = 200
const MAX_RTO = 10_000

/**
 * How long after it was sent something may be on its way where the channels that
 * are open may have filled the buffer of the stack, in ms: it takes as long to
 * send 1 MiB with 8 kB/s
 */
const MAX_DRAIN_TIME = 120_000

export interface Traffic {
  received: number
  sent: number
  rtt?: number

  /**
   * Whether something waits because the stack takes no more
   */
  isFull: boolean
}

export class LifeSigns {
  /**
   * Why the connection has ended, unless the remote has closed it
   */
  lost?: ConnectionLostError

  private readonly look: () => Traffic
  private readonly clock: Pick<Clock, 'now'>
  private last: Traffic
  private rtt = 0

  // when, by the clock
  private heardAt: number
  private sentAt: number

  /**
   * @param look - asks the stack
   * @param clock - does not count the time for which this process was stopped or
   * busy, which the remote could have been heard in (`waking-time.ts`)
   */
  constructor (look: () => Traffic, clock: Pick<Clock, 'now'>) {
    this.look = look
    this.clock = clock
    this.last = look()
    this.heardAt = this.sentAt = clock.now()
  }

  /**
   * To be called every now and then: what was sent is dated when it is seen, so soon
   * after anything was. Returns whether it is to be called again soon, because messages
   * move, or acknowledgements may: heartbeats alone don't count.
   */
  update (): boolean {
    const { last } = this
    const traffic = this.look()
    const hasSent = traffic.sent > last.sent
    const rttChanged = traffic.rtt != null && traffic.rtt !== last.rtt
    const isHeard = traffic.received > last.received || rttChanged || (last.isFull && hasSent)

    this.last = traffic
    this.rtt = traffic.rtt ?? this.rtt

    if (hasSent) {
      this.onSent()
    }

    if (isHeard) {
      this.onHeard()
    }

    return hasSent || traffic.received > last.received || this.isAwaited(rttChanged)
  }

  private isAwaited (isAcknowledged: boolean): boolean {
    return (isAcknowledged || this.sentAt >= this.heardAt) && this.clock.now() - this.sentAt < this.longestRetransmission()
  }

  /**
   * Something that the counters don't show was sent
   */
  onSent (): void {
    this.sentAt = this.clock.now()
  }

  /**
   * The remote has done something that the counters don't show
   */
  onHeard (): void {
    this.heardAt = this.clock.now()
  }

  /**
   * The stack has ended the connection: finds out why
   *
   * @param state - that of the connection; `failed` where ICE has given up
   * @param hasChannels - whether channels are open
   */
  judge (state: 'disconnected' | 'failed' | 'closed', hasChannels: boolean): void {
    this.update()

    const now = this.clock.now()
    const silence = now - this.heardAt

    if (state === 'failed' || (silence > MAX_PAUSE && this.isPending(now - this.sentAt, silence, hasChannels))) {
      this.lost ??= new ConnectionLostError(Math.min(silence, CONSENT_TIMEOUT))
    }
  }

  /**
   * Whether something may be on its way that has not been acknowledged
   *
   * @param age - how long ago the last was sent, in ms
   * @param silence - how long ago the remote was heard, in ms
   */
  private isPending (age: number, silence: number, hasChannels: boolean): boolean {
    // what a full stack holds was not acknowledged, whatever was heard since
    const wasDelivered = !this.last.isFull && age > silence + DELIVERED + this.rtt
    const timeout = hasChannels ? MAX_DRAIN_TIME : this.longestRetransmission()

    return !wasDelivered && age < timeout
  }

  private longestRetransmission (): number {
    let rto = Math.max(MIN_RTO, 4 * this.rtt)
    let time = 0

    for (let i = 0; i < RETRANSMISSIONS; i++) {
      time += Math.min(rto, MAX_RTO)
      rto *= 2
    }

    // timers are late, and the round trip time varies
    return 1.5 * time
  }
}
