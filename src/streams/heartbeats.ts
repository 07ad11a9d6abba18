/**
 * Is the remote there, where nothing is said? Browsers go by ICE: Chromium 156 kept a
 * connection for as long as one looked, 280 s, over which connectivity checks were
 * answered and nothing else, also with an upload in its middle. litep2p leaves such ones
 * when it closes them, py-libp2p and rust-libp2p where the packet that says so is lost.
 *
 * SCTP sends a heartbeat every 30 s (RFC 9260 section 8.3), which every stack answers and
 * the browser counts with all else of DTLS. So where nothing has arrived for longer, one
 * was lost, or the remote is gone: then it is asked.
 *
 * | event                     | then                                        |
 * |---------------------------|---------------------------------------------|
 * | anything of DTLS arrives  | it is counted anew                          |
 * | nothing did for `SILENCE` | the remote is asked, and it is counted anew |
 * | the connection has ended  | (nothing)                                   |
 */
import { Silence } from './silence.ts'
import type { Clock } from '../clock.ts'
import type { Peer } from '../ports.ts'

/**
 * In ms. From one heartbeat to the next it takes up to one and a half retransmission
 * time-outs more than 30 s (RFC 9260 section 8.3).
 */
const SILENCE = 45_000

export interface HeartbeatsInit {
  clock: Clock
  peer: Pick<Peer, 'acknowledged' | 'bytesReceived'>

  /**
   * One was missed: nothing was heard for so long, in ms
   */
  onMissed (silence: number): void
}

export class Heartbeats {
  private readonly silence: Silence
  private readonly onMissed: HeartbeatsInit['onMissed']
  private cancel?: () => void

  constructor ({ clock, peer, onMissed }: HeartbeatsInit) {
    this.onMissed = onMissed

    // messages are counted here, and the rest later, when the browser tells of it
    this.silence = new Silence(clock, () => ({ received: peer.bytesReceived() + (peer.acknowledged() ?? 0), sent: 0 }))
    this.wait()
  }

  stop (): void {
    this.cancel?.()
  }

  private wait (): void {
    this.cancel = this.silence.after(SILENCE, () => {
      this.wait()
      this.onMissed(SILENCE)
    })
  }
}
