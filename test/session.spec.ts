import { setImmediate as aTurn } from 'node:timers/promises'
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
import type { WebRTCDirectInit } from '../src/options.ts'
import type { SessionInit } from '../src/session.ts'
import type { MessageStream, StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'

const remoteAddr = multiaddr('/ip4/192.0.2.1/udp/4001/webrtc-direct')

async function createInit (peer: MemoryPeer, onUpgrade: (muxer: StreamMuxer) => void | Promise<void>, options: WebRTCDirectInit = {}): Promise<SessionInit> {
  const privateKey = await generateKeyPair('Ed25519')
  const logger = defaultLogger()

  async function upgrade (maConn: MessageStream, { muxerFactory }: { muxerFactory: StreamMuxerFactory }): Promise<void> {
    await onUpgrade(muxerFactory.createStreamMuxer(maConn))
  }

  return {
    components: { peerId: peerIdFromPrivateKey(privateKey), privateKey, logger },
    upgrader: { upgradeInbound: upgrade, upgradeOutbound: upgrade, getConnectionEncrypters: () => new Map(), getStreamMuxers: () => new Map() } as any,
    options: resolveOptions(options),
    log: logger.forComponent('test'),
    signal: new AbortController().signal,
    remoteAddr,
    attempts: [{ host: '192.0.2.1', port: 4001, version: 1, starts: [() => peer] }]
  }
}

// in ms
const DELAY = 300

describe('in a session', () => {
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
        openingDelay,
        onConnection () {}
      }),
      dialSession({
        ...await createInit(dialer, muxer => {
          order.push('the dialer has finished the handshake')
          afterDial(dialer, muxer)
        }),
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

  it('the dial fails where the connection ends as the handshake does', async () => {
    const [dialer, listener] = memoryPair()
    const accepted = acceptSession({ ...await createInit(listener, () => {}), onConnection () {} })
    const dialed = dialSession({ ...await createInit(dialer, () => {}), fingerprints: [dialer.remoteFingerprint()] })

    // behind the last message of the handshake
    void accepted.then(async () => listener.close())

    await expect(dialed).to.eventually.be.rejected().with.property('phase', 'upgrade')
  })

  it('the dial says that the remote has closed the connection while it waited for its turn', async () => {
    const [dialer, listener] = memoryPair()
    const dialed = dialSession({ ...await createInit(dialer, () => {}), fingerprints: [dialer.remoteFingerprint()] })
    void listener.close()

    await expect(dialed).to.eventually.be.rejectedWith(/^sctp: could not connect with \S+: The remote closed the connection$/)
  })

  it('a muxer that is made of a connection that has ended is closed', async () => {
    const [dialer, listener] = memoryPair()
    const decision = Promise.withResolvers<void>()
    const muxer = Promise.withResolvers<StreamMuxer>()
    const late = {
      upgradeInbound: async (maConn: MessageStream, { muxerFactory }: { muxerFactory: StreamMuxerFactory }) => {
        void dialer.close()
        await decision.promise
        muxer.resolve(muxerFactory.createStreamMuxer(maConn))
      }
    }
    const init = await createInit(listener, () => {}, { setupTimeout: 100 })

    const accepted = acceptSession({ ...init, upgrader: { ...init.upgrader, ...late } as any, onConnection () {} })
    void dialSession({ ...await createInit(dialer, () => {}), fingerprints: [dialer.remoteFingerprint()] }).catch(() => {})
    await expect(accepted).to.eventually.be.rejected()
    decision.resolve()

    expect(await muxer.promise).to.have.property('status', 'closed')
    await expect((await muxer.promise).createStream()).to.eventually.be.rejected()
  })

  it('the listener sends its first message after the delay that it is given', async () => {
    const order: number[] = []
    const start = performance.now()

    await Promise.all([DELAY, 0].map(async openingDelay => connect((peer, muxer) => {
      order.push(openingDelay)

      if (openingDelay > 0) {
        expect(performance.now() - start).to.be.at.least(DELAY - 1)
      }

      void muxer.createStream()
    }, openingDelay)))

    expect(order).to.deep.equal([0, DELAY])
  })

  it('takes turns with others that are set up at the same time', async () => {
    const COUNT = 128
    const finished: string[] = []
    const inTurn: number[] = []

    const sessions = Array.from({ length: COUNT }, async () => {
      const [dialer, listener] = memoryPair()

      await Promise.all([
        acceptSession({ ...await createInit(listener, () => { finished.push('listener') }), onConnection () {} }),
        dialSession({ ...await createInit(dialer, () => { finished.push('dialer') }), fingerprints: [dialer.remoteFingerprint()] })
      ])
      await Promise.all([dialer.close(), listener.close()])
    })

    while (finished.length < 2 * COUNT) {
      const before = finished.length
      await aTurn()
      inTurn.push(finished.length - before)
    }

    await Promise.all(sessions)
    expect(Math.max(...inTurn)).to.be.below(COUNT / 2)
  })

  describe('the dialer finishes the handshake only when libp2p has accepted the connection at the listener', () => {
    /**
     * `decide` is asked whether to accept it. The errors at both ends.
     */
    async function dial (decide: (listener: MemoryPeer, dialer: MemoryPeer, muxer: StreamMuxer) => Promise<void>, afterDial: (muxer: StreamMuxer) => void = () => {}, until?: Promise<void>): Promise<Array<Error | undefined>> {
      const [dialer, listener] = memoryPair()

      // the last Noise message takes several frames
      const options = { dataChannel: { maxMessageSize: 64 }, setupTimeout: 1_000 }

      const [accepted, dialed] = await Promise.allSettled([
        acceptSession({
          ...await createInit(listener, async muxer => decide(listener, dialer, muxer), options),
          onConnection () {}
        }),
        dialSession({
          ...await createInit(dialer, afterDial, options),
          fingerprints: [dialer.remoteFingerprint()]
        })
      ])

      await until
      await Promise.all([dialer.close(), listener.close()])

      return [accepted, dialed].map(result => result.status === 'rejected' ? result.reason : undefined)
    }

    it('so its last message waits', async () => {
      let before = 0
      let after = 0
      let isDialed = false

      expect(await dial(async (listener) => {
        before = listener.log.length
        await aTurn()
        await aTurn()
        after = listener.log.length
        expect(isDialed).to.be.false()
      }, () => { isDialed = true })).to.deep.equal([undefined, undefined])

      expect(after).to.equal(before)
      expect(isDialed).to.be.true()
    })

    it('so it is never sent where the connection is refused', async () => {
      const [accepted, dialed]: any[] = await dial(async () => { throw new Error('not you') })

      expect(accepted).to.have.property('phase', 'upgrade')
      expect(dialed).to.include({ name: 'ConnectionSetupError', phase: 'noise' })
      expect(dialed.message).to.include('the listener closed the connection')
    })

    it('nor where nobody decides in time', async () => {
      const [accepted, dialed]: any[] = await dial(async () => new Promise(() => {}))

      expect(accepted).to.include({ name: 'SetupTimeoutError', phase: 'upgrade' })
      expect(dialed).to.have.property('phase', 'noise')
    })

    it('so streams wait for it that the listener opens meanwhile', async () => {
      const order: string[] = []
      const opened = Promise.withResolvers<void>()

      await dial(async (listener, dialer, muxer) => {
        void Promise.resolve(muxer.createStream()).then(() => {
          order.push('a stream')
          opened.resolve()
        }, opened.reject)
        await aTurn()

        // it can't know yet that it may
        dialer.handshakeChannel.send(encodeFlag(Flag.FIN))
        dialer.openChannel()
        await aTurn()
        order.push('accepted')
      }, () => { order.push('dialed') }, opened.promise)

      expect(order).to.deep.equal(['accepted', 'dialed', 'a stream'])
    })
  })
})
