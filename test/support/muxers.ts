/**
 * Muxers over a connection in memory, and over any two peers for the compliance
 * tests of libp2p
 */
import { multiaddrConnectionPair } from '@libp2p/utils'
import { pEvent } from 'p-event'
import { resolveOptions } from '../../src/options.ts'
import { DataChannelMuxerFactory } from '../../src/streams/muxer-factory.ts'
import { MemoryPeer, memoryPair } from './memory-peer.ts'
import type { MemoryPairInit } from './memory-peer.ts'
import type { Clock } from '../../src/clock.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Peer } from '../../src/ports.ts'
import type { DataChannelMuxer } from '../../src/streams/muxer.ts'
import type { MultiaddrConnection, Stream, StreamMuxerFactory } from '@libp2p/interface'

/**
 * The suite gives each muxer a connection that carries bytes. Ours carries none:
 * a factory brings its own peer, which ends with the connection.
 */
export function muxerFactory (peer: Peer, init?: WebRTCDirectInit, onIdsUsedUp: (err: Error) => void = () => {}, negotiates = false, clock?: Clock): DataChannelMuxerFactory {
  const factory = new DataChannelMuxerFactory({
    peer,
    ...resolveOptions(init).streams,
    negotiates,
    clock,
    onIdsUsedUp
  })
  const createStreamMuxer = factory.createStreamMuxer.bind(factory)

  factory.createStreamMuxer = (maConn) => {
    if (peer instanceof MemoryPeer) {
      // one test makes the connection slow
      peer.delay = () => (maConn as any).local.delay
    }

    maConn.addEventListener('close', () => { void peer.close() })
    peer.attach({
      onChannel: (channel) => { factory.onChannel(channel) },
      onClosed: () => {}
    })

    return createStreamMuxer(maConn)
  }

  return factory
}

/**
 * Half of 1,000 streams that the suite opens at once wait until others have ended: how
 * long is up to the machine
 */
const FOR_SUITE: WebRTCDirectInit = { maxInboundStreams: 10_000, streamOpenTimeout: 100_000 }

/**
 * The suite asks for the two ends of a connection one after the other
 */
export function muxersForSuite (pair: () => Promise<[Peer, Peer]>): { setup (): Promise<StreamMuxerFactory>, teardown (): Promise<void> } {
  const peers: Peer[] = []
  let second: Peer | undefined

  return {
    async setup () {
      if (second != null) {
        const peer = second
        second = undefined

        return muxerFactory(peer, FOR_SUITE)
      }

      const [a, b] = await pair()
      peers.push(a, b)
      second = b

      return muxerFactory(a, FOR_SUITE)
    },
    async teardown () {
      await Promise.all(peers.map(async peer => peer.close()))
    }
  }
}

/**
 * Both ends of a connection over memory
 */
export interface Muxers {
  dialer: DataChannelMuxer
  listener: DataChannelMuxer
  connections: [MultiaddrConnection, MultiaddrConnection]
  peers: [MemoryPeer, MemoryPeer]

  /**
   * Resolves when the dialer has used up its ids, and the connection is to end
   */
  idsUsedUp: Promise<Error>
}

export function muxers (init: WebRTCDirectInit = {}, link: MemoryPairInit = {}, { negotiates, clock }: { negotiates?: boolean, clock?: Clock } = {}): Muxers {
  const connections = multiaddrConnectionPair()
  const peers = memoryPair(link)
  const idsUsedUp = Promise.withResolvers<Error>()

  return {
    dialer: muxerFactory(peers[0], init, undefined, negotiates, clock).createStreamMuxer(connections[0]),
    listener: muxerFactory(peers[1], init, idsUsedUp.resolve, negotiates, clock).createStreamMuxer(connections[1]),
    connections,
    peers,
    idsUsedUp: idsUsedUp.promise
  }
}

/**
 * The next stream that the remote opens
 */
export async function nextStream (muxer: DataChannelMuxer): Promise<Stream> {
  return (await pEvent<'stream', CustomEvent<Stream>>(muxer, 'stream')).detail
}
