/**
 * What there is to know of a connection now
 */
import { UnknownConnectionError } from './errors.ts'
import { renderFingerprint } from './wire/sdp.ts'
import type { Peer, SocketAddress } from './ports.ts'
import type { ChannelState, ChannelUse, Tally } from './streams/tally.ts'
import type { Version } from './wire/credentials.ts'
import type { Connection, MultiaddrConnection } from '@libp2p/interface'

export interface ConnectionStats {
  /**
   * The round trip time in ms, if it is known: of SCTP in Node.js (smoothed), of the
   * last connectivity check of ICE in a page
   */
  roundTripTime?: number

  /**
   * The addresses of the path that is used, where the stack tells: browsers keep
   * their own for themselves
   */
  localAddress?: SocketAddress
  remoteAddress?: SocketAddress

  /**
   * Bytes of frames on data channels since the beginning, those of the Noise
   * handshake among them. What was sent has been handed to a channel.
   */
  bytesSent: number
  bytesReceived: number

  /**
   * The same in frames
   */
  framesSent: number
  framesReceived: number

  /**
   * How many data channels of streams there are now:
   *
   * - `open`: data goes both ways
   * - `half-closed`: one way, or an acknowledgement of the end is awaited
   * - `closing`: the stream has ended, and its channel is left
   */
  channels: Record<ChannelState, number>

  /**
   * Bytes that were written to streams and wait for the network
   */
  bufferedBytes: number

  /**
   * Bytes that have arrived and that nobody has read, on streams whose channels are
   * there still
   */
  unreadBytes: number

  /**
   * The longest message that is sent, in bytes
   */
  maxMessageSize: number

  /**
   * The sha-256 fingerprints of the certificates of both ends, as in SDP:
   * `AB:CD:…`. That of the listener is the certhash of its address.
   */
  localFingerprint: string
  remoteFingerprint: string

  /**
   * The version of the protocol that was spoken
   */
  version: Version
}

interface Source {
  readonly peer: Peer
  readonly tally: Tally
  readonly maxMessageSize: number
  use (): ChannelUse
}

/**
 * By the timeline, which a connection of libp2p shares with the one that it was made
 * of: there is nothing else to know an incoming one by
 */
const sources = new WeakMap<object, Source>()

export function registerStats ({ timeline }: MultiaddrConnection, source: Source): void {
  sources.set(timeline, source)
}

/**
 * What there is to know of a connection now: how fast and over which addresses it is,
 * what it has carried, and what it holds. It goes on to answer when the connection is
 * closed, with the last that was known.
 *
 * The agent of the remote is not among it: libp2p's identify asks for that, and keeps
 * it in the peer store, as `AgentVersion` in the metadata.
 *
 * @throws {UnknownConnectionError} if it is no connection of this transport
 *
 * @example
 *
 * ```TypeScript
 * import { multiaddr } from '@multiformats/multiaddr'
 * import { createLibp2p } from 'libp2p'
 * import { getStats, webRTCDirect } from 'libp2p-transport-webrtc-direct'
 *
 * const node = await createLibp2p({
 *   transports: [webRTCDirect()]
 * })
 * const connection = await node.dial(multiaddr(process.argv[2]))
 * const { roundTripTime, remoteAddress } = await getStats(connection)
 *
 * console.info(remoteAddress?.host, roundTripTime)
 * ```
 */
export async function getStats (connection: Connection): Promise<ConnectionStats> {
  const source = sources.get(connection.timeline)

  if (source == null) {
    throw new UnknownConnectionError(`The connection with ${connection.remoteAddr} is none of this transport, or of another copy of this package`)
  }

  const { peer, tally, maxMessageSize } = source
  const { rtt, local, remote } = await peer.path()
  const { channels, buffered, unread } = source.use()

  return {
    roundTripTime: rtt,
    localAddress: local,
    remoteAddress: remote,
    bytesSent: tally.bytesSent,
    bytesReceived: tally.bytesReceived,
    framesSent: tally.framesSent,
    framesReceived: tally.framesReceived,
    channels,
    bufferedBytes: buffered,
    unreadBytes: unread,
    maxMessageSize,
    localFingerprint: renderFingerprint(peer.localFingerprint()),
    remoteFingerprint: renderFingerprint(peer.remoteFingerprint() ?? new Uint8Array()),
    version: peer.version
  }
}
