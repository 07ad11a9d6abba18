/**
 * What there is to know of a connection now
 */
import { toString } from 'uint8arrays/to-string'
import { UnknownConnectionError } from './errors.ts'
import { renderFingerprint } from './wire/sdp.ts'
import type { Path, Peer, SocketAddress } from './ports.ts'
import type { ChannelState, ChannelUse, Tally } from './streams/tally.ts'
import type { Version } from './wire/credentials.ts'
import type { Connection, MultiaddrConnection, PeerId, PeerStore } from '@libp2p/interface'

/**
 * What there is to know of a connection, see `docs/stats.md`
 */
export interface ConnectionStats {
  /**
   * In ms: of SCTP in Node.js (smoothed), of the last connectivity check of ICE in a
   * page. `undefined` before the first one, and once the connection is closed.
   */
  roundTripTime?: number

  /**
   * The local end of the path that is used now. `undefined` in a page, because
   * browsers keep it for themselves, and once the connection is closed.
   */
  localAddress?: SocketAddress

  /**
   * The remote end of that path. `undefined` once the connection is closed.
   */
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
   * The longest message that is sent now, in bytes, see `dataChannel.maxMessageSize`
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

  /**
   * What the remote calls itself: its `AgentVersion` in the peer store. `undefined`
   * until libp2p's identify has asked the remote, so for good in a node without it.
   */
  agent?: string
}

export interface StatsSource {
  readonly peer: Peer
  readonly tally: Tally
  maxMessageSize (): number
  readonly peerStore?: Pick<PeerStore, 'get'>
  use (): ChannelUse
}

/**
 * By the timeline, which a connection of libp2p shares with the one that it was made
 * of: there is nothing else to know an incoming one by
 */
const sources = new WeakMap<object, StatsSource>()

export function registerStats ({ timeline }: MultiaddrConnection, source: StatsSource): void {
  sources.set(timeline, source)
}

/**
 * What there is to know of a connection now: how fast and over which addresses it is,
 * what it has carried, and what it holds. Of one that is closed the counts, the
 * fingerprints, the version and the agent are left.
 *
 * @throws {UnknownConnectionError} if the connection was made by another transport, or
 * by another copy of this package
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
    throw new UnknownConnectionError(`No stats of the connection with ${connection.remoteAddr}: it was made by another transport, or by another copy of this package, whose own getStats knows it`)
  }

  const { peer, tally, maxMessageSize, peerStore } = source
  const [path, agent] = await Promise.all([
    connection.status === 'open' ? peer.path() : {} as Path,
    agentOf(connection.remotePeer, peerStore)
  ])
  const { channels, buffered, unread } = source.use()

  return {
    roundTripTime: path.rtt,
    localAddress: path.local,
    remoteAddress: path.remote,
    bytesSent: tally.bytesSent,
    bytesReceived: tally.bytesReceived,
    framesSent: tally.framesSent,
    framesReceived: tally.framesReceived,
    channels,
    bufferedBytes: buffered,
    unreadBytes: unread,
    maxMessageSize: maxMessageSize(),
    localFingerprint: renderFingerprint(peer.localFingerprint()),

    // no handshake of Noise without one
    remoteFingerprint: renderFingerprint(peer.remoteFingerprint() as Uint8Array),
    version: peer.version,
    agent
  }
}

async function agentOf (peer: PeerId, peerStore?: Pick<PeerStore, 'get'>): Promise<string | undefined> {
  try {
    const { metadata } = await peerStore?.get(peer) ?? {}
    const agent = metadata?.get('AgentVersion')

    return agent == null ? undefined : toString(agent)
  } catch {
    // libp2p has forgotten the peer, or does not know it yet
  }
}
