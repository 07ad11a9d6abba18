import type { Clock } from '../clock.ts'
import type { ChannelIdsUsedUpError, ConnectionLostError } from '../errors.ts'
import type { StreamLimits } from '../options.ts'
import type { Peer } from '../ports.ts'
import type { StreamObserver, Tally } from './tally.ts'

export interface DataChannelMuxerInit extends StreamLimits {
  peer: Peer

  /**
   * @default - that of the system
   */
  clock?: Clock

  /**
   * Whether streams begin with the negotiation of a protocol
   *
   * @default false
   */
  negotiates?: boolean

  /**
   * Resolves when the remote takes channels; those that are asked for before
   * wait for it
   *
   * @default - from the beginning
   */
  remoteReady?: Promise<void>

  /**
   * Counts what the streams send and receive
   *
   * @default - one of its own
   */
  tally?: Tally

  observer?: StreamObserver

  /**
   * The ids of the remote are used up and the streams are closed: it is time to
   * end the connection
   */
  onIdsUsedUp (err: ChannelIdsUsedUpError): void

  /**
   * The stack has stopped to send: the connection is of no use any more
   */
  onLost? (err: ConnectionLostError): void
}
