/**
 * Keeps the retransmission timer of usrsctp (T3-rtx) in step with acknowledgements.
 *
 * What acknowledges new data restarts it (RFC 9260 section 6.3.2, R3). usrsctp does
 * that only where a SACK tells of gaps, or a message is on its way that may be given up
 * (RFC 3758; `sctp_express_handle_sack`). Otherwise the timer fires every RTO, which is
 * 200 ms or more, as long as anything is on its way, and what is older than the round
 * trip time and four variations of it is taken for lost. On a path whose round trips
 * are steady that is often something which is not, and the congestion window falls to
 * one packet. Where nothing is old enough the timer may not be started again, and
 * nothing is ever sent (https://github.com/sctplab/usrsctp/issues/750).
 *
 * So messages of the handshake channel may be given up, though after more
 * retransmissions than any association survives, and while others send it has an empty
 * frame on its way every now and then. Where it sends little, see `streams/nudge.ts`.
 */
import { EMPTY_FRAME } from '../wire/framing.ts'

/**
 * As a `maxRetransmits` of WebRTC: SCTP gives the association up with the sixth
 */
export const NEVER_GIVEN_UP = 65_535

/**
 * How often, in ms: twice in the shortest RTO
 */
const INTERVAL = 100

/**
 * How many bytes are sent at least from one to the next: little makes the timer stop
 */
const LEAST = 2 * 1024

export interface T3RtxInit {
  /**
   * In ms
   */
  now (): number

  /**
   * How many bytes were sent, on all channels
   */
  sent (): number

  /**
   * Sends a frame on the handshake channel
   */
  send (frame: Uint8Array): void
}

export class T3Rtx {
  private readonly init: T3RtxInit
  private lastTime: number
  private lastSent: number

  constructor (init: T3RtxInit) {
    this.init = init
    this.lastTime = init.now()
    this.lastSent = init.sent()
  }

  /**
   * To be called often while the connection sends
   */
  look (): void {
    const now = this.init.now()

    if (now - this.lastTime < INTERVAL) {
      return
    }

    const sent = this.init.sent()

    if (sent - this.lastSent >= LEAST) {
      this.lastTime = now
      this.lastSent = sent
      this.init.send(EMPTY_FRAME)
    }
  }
}
