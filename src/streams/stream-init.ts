import type { FinAcks } from './fin-acks.ts'
import type { FrameSenderInit } from './frame-sender.ts'
import type { Silence } from './silence.ts'
import type { StreamObserver } from './tally.ts'
import type { UnreadLimit } from './unread.ts'

export interface WebRTCStreamInit extends FrameSenderInit {
  /**
   * Tells when nothing moves on the connection any more
   */
  silence: Silence

  /**
   * What all streams of the connection may leave unread
   */
  unreadLimit: UnreadLimit

  /**
   * How long to wait for the remote to acknowledge FIN, in ms
   */
  finAckTimeout: number

  /**
   * What is known of the remote's acknowledgements, shared by the streams of a
   * connection
   */
  finAcks: FinAcks

  /**
   * How long FIN is withheld from a remote that needs nothing more, to see
   * whether it closes the channel, in ms
   */
  finDelay (): number

  /**
   * The stream has ended, its channel is still open. Returns how long to wait
   * for the remote to close it, in ms.
   */
  onEnded (isReset: boolean): number

  /**
   * The first message of the remote has arrived
   */
  onHeard? (): void

  /**
   * The remote has not acknowledged FIN, and nothing moves
   */
  onFinAckMissing? (): void

  /**
   * See {@link StreamObserver}
   */
  onFinAck?: StreamObserver['onFinAck']

  /**
   * The channel is closed; called once, and last
   */
  onChannelClosed (by: 'remote' | 'here' | 'connection-lost'): void
}
