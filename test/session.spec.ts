import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { resolveOptions } from '../src/options.ts'
import { acceptSession, dialSession } from '../src/session.ts'
import { encodeFlag, Flag } from '../src/wire/framing.ts'
import { memoryPair } from './support/memory-peer.ts'
import type { MemoryPeer } from './support/memory-peer.ts'
import type { SessionInit } from '../src/session.ts'
import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'

const remoteAddr = multiaddr('/ip4/192.0.2.1/udp/4001/webrtc-direct')

async function createInit (peer: MemoryPeer, onUpgrade: (muxer: StreamMuxer) => void): Promise<SessionInit> {
  const privateKey = await generateKeyPair('Ed25519')
  const logger = defaultLogger()

  async function upgrade (maConn: MessageStream, { muxerFactory }: { muxerFactory: StreamMuxerFactory }): Promise<void> {
    onUpgrade(muxerFactory.createStreamMuxer(maConn))
  }

  return {
    components: { peerId: peerIdFromPrivateKey(privateKey), privateKey, logger },
    upgrader: { upgradeInbound: upgrade, upgradeOutbound: upgrade, getConnectionEncrypters: () => new Map(), getStreamMuxers: () => new Map() } as any,
    options: resolveOptions(),
    log: logger.forComponent('test'),
    signal: new AbortController().signal,
    start: () => peer
  }
}

describe('session', () => {
  /**
   * Both ends, and what happens there: the listener opens a stream as soon as it
   * may
   */
  async function connect (afterDial: (peer: MemoryPeer, muxer: StreamMuxer) => void, openingDelay?: number): Promise<string[]> {
    const [dialer, listener] = memoryPair()
    const order: string[] = []
    const opened = Promise.withResolvers<void>()

    await Promise.all([
      acceptSession({
        ...await createInit(listener, muxer => {
          void Promise.resolve(muxer.createStream()).then(() => {
            order.push('the listener opens a stream')
            opened.resolve()
          }, opened.reject)
        }),
        remoteAddr,
        openingDelay,
        onConnection () {}
      }),
      dialSession({
        ...await createInit(dialer, muxer => {
          order.push('the dialer has finished the handshake')
          afterDial(dialer, muxer)
        }),
        remoteAddr,
        fingerprints: [dialer.remoteFingerprint()]
      })
    ])

    await opened.promise
    await Promise.all([dialer.close(), listener.close()])

    return order
  }

  const EXPECTED = ['the dialer has finished the handshake', 'the listener opens a stream']

  it('the listener opens streams when the dialer has opened one', async () => {
    expect(await connect((peer, muxer) => { void muxer.createStream() })).to.deep.equal(EXPECTED)
  })

  it('the listener opens streams when the dialer says something on the handshake channel', async () => {
    expect(await connect(peer => { peer.handshakeChannel.send(encodeFlag(Flag.FIN)) })).to.deep.equal(EXPECTED)
  })

  it('the listener opens streams when the dialer closes the handshake channel', async () => {
    expect(await connect(peer => { peer.handshakeChannel.close() })).to.deep.equal(EXPECTED)
  })

  it('the listener opens streams after a while where the dialer says nothing', async () => {
    expect(await connect(() => {})).to.deep.equal(EXPECTED)
  })

  it('the listener sends its first message after the delay that it is given', async () => {
    const durations: number[] = []

    for (const openingDelay of [0, 100]) {
      const start = performance.now()
      await connect((peer, muxer) => {
        durations.push(performance.now() - start)
        void muxer.createStream()
      }, openingDelay)
    }

    expect(durations[0]).to.be.below(durations[1])
    expect(durations[1]).to.be.at.least(99)
  })
})
