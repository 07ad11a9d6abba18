import { mock } from 'node:test'
import { MuxerClosedError } from '@libp2p/interface'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { ChannelLimitError } from '../../src/errors.ts'
import { resolveOptions } from '../../src/options.ts'
import { DataChannelMuxerFactory } from '../../src/streams/muxer-factory.ts'
import { encodeFlag, Flag } from '../../src/wire/framing.ts'
import { exchange, sendBack } from '../support/exchange.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { memoryPair } from '../support/memory-peer.ts'
import { muxerFactory, muxers, nextStream } from '../support/muxers.ts'
import type { Channel } from '../../src/ports.ts'
import type { DataChannelMuxer } from '../../src/streams/muxer.ts'
import type { MemoryPeer } from '../support/memory-peer.ts'
import type { Stream } from '@libp2p/interface'

const MiB = 1024 * 1024

/**
 * The acknowledgements of a peer never arrive
 */
function withholdFinAcks (peer: MemoryPeer): void {
  const transmit = peer.transmit.bind(peer)

  peer.transmit = (packet) => {
    if (packet.type !== 'message' || !Buffer.from(encodeFlag(Flag.FIN_ACK)).equals(packet.data)) {
      transmit(packet)
    }
  }
}

/**
 * As the end of a negotiation does
 */
function sendFirstMessagesBack (muxer: DataChannelMuxer): void {
  muxer.addEventListener('stream', ({ detail }) => {
    detail.addEventListener('message', ({ data }) => { detail.send(data) }, { once: true })
    detail.addEventListener('remoteCloseWrite', () => {})
  })
}

async function turns (): Promise<void> {
  for (let i = 0; i < 10; i++) {
    await new Promise(resolve => { setImmediate(resolve) })
  }
}

describe('the muxer', () => {
  afterEach(() => {
    mock.timers.reset()
  })

  it('opens streams from the dialer with even ids and from the listener with odd ones', async () => {
    const { dialer, listener } = muxers()

    expect((await dialer.createStream()).id).to.equal('2')
    expect((await dialer.createStream()).id).to.equal('4')
    expect((await listener.createStream()).id).to.equal('1')
  })

  it('opens no stream where the connection ends as it does', async () => {
    for (const end of ['close', 'abort'] as const) {
      const { dialer, peers: [peer], connections: [maConn] } = muxers()
      const opened = dialer.createStream()

      // the channel is there, the stream not yet
      expect(peer.channels.size).to.equal(2)
      void dialer[end](new Error('It is of no use'))
      void maConn[end](new Error('It is of no use'))

      await expect(opened).to.eventually.be.rejected().with.property('name', 'MuxerClosedError')
      expect(dialer.streams).to.be.empty()

      // with the connection, if not before
      dialer.onTransportClosed()
      expect(dialer.present.all()).to.be.empty()
    }
  })

  it('allows frames on the handshake channel where identify shows that the remote is js-libp2p', () => {
    const { dialer, peers: [peer] } = muxers()
    let allowed = 0
    Object.assign(peer, { allowEmptyFrames: () => { allowed++ } })

    for (const agentVersion of [undefined, '', 'go-libp2p', 'github.com/libp2p/go-libp2p@v0.51.0', 'rust-libp2p/0.47.0', 'litep2p/1.0.0']) {
      dialer.remoteIs({ protocols: [], agentVersion })
      expect(allowed).to.equal(0)
    }

    dialer.remoteIs({ protocols: [], agentVersion: 'js-libp2p/3.3.11 node/24.21.0' })
    expect(allowed).to.equal(1)
  })

  for (const [remote, answer, maxMessageSize] of [
    ['litep2p, by how it negotiates', ['\u0013/multistream/1.0.0\n\u0003na\n'], 16_384],
    ['others', ['\u0013/multistream/1.0.0\n', '\u0003na\n'], 4_096]
  ] as const) {
    it(`sends messages of up to ${maxMessageSize} bytes to ${remote}`, async () => {
      const connections = multiaddrConnectionPair()
      const factories = memoryPair().map(peer => muxerFactory(peer, {}, undefined, true))
      const [dialer, listener] = factories.map((factory, i) => factory.createStreamMuxer(connections[i]))
      const opened = nextStream(listener)
      const stream = await dialer.createStream()
      stream.send(Uint8Array.of(1))
      const negotiation = await opened
      const answered = pEvent(stream, 'message')
      answer.forEach(part => { negotiation.send(new TextEncoder().encode(part)) })
      await answered

      expect(factories[0].maxMessageSize).to.equal(maxMessageSize)
    })
  }

  it('leaves no timer of its streams when the connection has ended', async () => {
    const clock = new FakeClock(0)
    const [maConn] = multiaddrConnectionPair()
    const [peer] = memoryPair({ highWaterMark: 1 })
    const muxer = new DataChannelMuxerFactory({ ...resolveOptions().streams, peer, clock, onIdsUsedUp () {} }).createStreamMuxer(maConn)

    // one that waits for room, one whose channel the remote has to close, and silence
    const full = await muxer.createStream()
    full.send(new Uint8Array(2))
    const reset = await muxer.createStream()
    reset.abort(new Error('It is of no use'))
    expect(clock.pending).to.equal(3)

    maConn.abort(new Error('It is of no use'))
    expect(clock.pending).to.equal(0)
  })

  it('leaves the ids to a stack that chooses them, as often as they come round', async () => {
    const { dialer, listener } = muxers({}, { choosesIds: true, maxChannelId: 63 })
    const ids = new Set<string>()

    listener.addEventListener('stream', ({ detail: stream }) => { void sendBack(stream) })

    async function echo (i: number): Promise<void> {
      const stream = await dialer.createStream()
      ids.add(stream.id)
      expect(await exchange(stream, Uint8Array.of(i))).to.equalBytes([i])
    }

    for (let i = 0; i < 50; i++) {
      await Promise.all([echo(i), echo(i + 50), echo(i + 100)])
    }

    // 150 streams, with the lowest ids that were free
    expect(ids.size).to.be.within(3, 31)
    expect([...ids].map(Number).sort((a, b) => a - b)).to.deep.equal(Array.from(ids, (_, i) => 2 + 2 * i))
  })

  it('opens no channel before the remote is ready', async () => {
    const [connection] = multiaddrConnectionPair()
    const [peer] = memoryPair()
    const ready = Promise.withResolvers<void>()
    const muxer = new DataChannelMuxerFactory({
      peer,
      ...resolveOptions().streams,
      remoteReady: ready.promise,
      onIdsUsedUp () {}
    }).createStreamMuxer(connection)
    const waiting = muxer.createStream()

    expect(peer.channels.size).to.equal(1)

    ready.resolve()

    expect((await waiting).status).to.equal('open')
    expect(peer.channels.size).to.equal(2)
  })

  it('waits for a free channel until one is closed', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })

    const { dialer, listener } = muxers({}, { maxChannelId: 9 })
    listener.addEventListener('stream', (evt) => {
      evt.detail.addEventListener('remoteCloseWrite', () => { void evt.detail.close() })
    })
    const [first] = await Promise.all([dialer.createStream(), dialer.createStream(), dialer.createStream()])
    const waiting = dialer.createStream()

    const ended = pEvent(first, 'close')
    await first.close()
    await ended
    mock.timers.tick(1_000)

    expect((await waiting).status).to.equal('open')
  })

  it('waits for a free channel until its deadline, and says so', async () => {
    const { dialer } = muxers({ streamOpenTimeout: 10 }, { maxChannelId: 9 })
    await Promise.all([dialer.createStream(), dialer.createStream(), dialer.createStream()])

    await expect(dialer.createStream()).to.eventually.be.rejectedWith(ChannelLimitError, 'All 3 data channels')
  })

  it('waits for a free channel until its signal', async () => {
    const { dialer } = muxers({}, { maxChannelId: 5 })
    await dialer.createStream()

    await expect(dialer.createStream({ signal: AbortSignal.timeout(5) })).to.eventually.be.rejected
      .with.property('name', 'TimeoutError')
  })

  it('waits for a free channel until the connection closes', async () => {
    const { dialer, connections } = muxers({}, { maxChannelId: 5 })
    await dialer.createStream()
    const waiting = dialer.createStream()

    connections[0].abort(new Error('enough'))

    await expect(waiting).to.eventually.be.rejectedWith(MuxerClosedError)
  })

  it('resets streams beyond the limit, and keeps the others', async () => {
    const { dialer, listener } = muxers({ maxInboundStreams: 1 })
    const accepted = nextStream(listener)
    const [first, second] = await Promise.all([dialer.createStream(), dialer.createStream()])

    await pEvent(second, 'close')
    await accepted
    expect(second.status).to.equal('reset')
    expect(first.status).to.equal('open')
    expect(listener.streams).to.have.lengthOf(1)
  })

  it('resets a channel that may lose messages', async () => {
    const { dialer, listener, peers } = muxers()
    const accept = (peers[1] as any).handler.onChannel
    ;(peers[1] as any).handler.onChannel = (channel: Channel) => {
      Object.assign(channel, { reliable: false })
      accept(channel)
    }

    const stream = await dialer.createStream()
    await pEvent(stream, 'close')

    expect(stream.status).to.equal('reset')
    expect(listener.streams).to.have.lengthOf(0)
  })

  it('holds a bounded number of channels that come before the muxer', async () => {
    const [a, b] = memoryPair()
    const early = muxerFactory(b, { maxEarlyStreams: 2 })
    const closed: number[] = []

    for (let id = 1; id <= 3; id++) {
      early.onChannel({
        id,
        reliable: true,
        maxBufferedAmount: 0,
        attach () {},
        send: () => true,
        bufferedAmount: () => 0,
        expectNoMore () {},
        close () { closed.push(id) }
      })
    }

    expect(closed).to.deep.equal([3])
    const [connection] = multiaddrConnectionPair()
    expect(early.createStreamMuxer(connection).streams).to.have.lengthOf(2)
    await a.close()
  })

  it('closes every stream although one can not be closed', async () => {
    const { dialer, listener, peers } = muxers({ dataChannel: { finAckTimeout: 20 } })
    const accepted: Stream[] = []
    listener.addEventListener('stream', (evt) => { accepted.push(evt.detail) })
    const good = await dialer.createStream()
    const bad = await dialer.createStream()

    // the remote never hears of the second stream's end
    const transmit = (peers[0] as any).transmit.bind(peers[0])
    ;(peers[0] as any).transmit = (packet: any) => {
      if (packet.type !== 'message' || `${packet.id}` !== bad.id) {
        transmit(packet)
      }
    }

    await dialer.close()

    expect(good.writeStatus).to.equal('closed')
    expect(good.status).to.equal('open')
    expect(bad.status).to.equal('aborted')
  })

  it('gives a remote that never acknowledges the time to end its streams', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })

    const { dialer, listener, peers } = muxers()
    const accepted = nextStream(listener)
    const stream = await dialer.createStream()
    const ended = pEvent(stream, 'close')
    const remote = await accepted

    withholdFinAcks(peers[1])

    stream.send(new Uint8Array(100_000))
    const closing = dialer.close()
    remote.send(Uint8Array.of(1))
    await pEvent(stream, 'message')
    mock.timers.tick(1_000)

    // because it has been heard
    await stream.close()
    expect(dialer.status).to.equal('closing')
    void remote.close()

    await Promise.all([closing, ended])
    expect(dialer.status).to.equal('closed')
    expect(dialer.linger()).to.be.within(650, 720)
  })

  it('probes a remote that never acknowledges when nothing has moved, also behind what a slow path carries in 32 s', async () => {
    const clock = new FakeClock(0)
    const { dialer, listener, peers } = muxers({}, { sendBufferSize: MiB }, { clock })
    withholdFinAcks(peers[1])
    sendFirstMessagesBack(listener)

    const stream = await dialer.createStream()
    stream.send(new Uint8Array(MiB))
    const closing = stream.close()

    for (let s = 0; s < 9; s++) {
      await turns()
      clock.pass(1_000)
    }

    await closing
    expect(stream.status, 'the remote has not ended its side').to.equal('open')
  })

  it('leaves channels open while a remote that never acknowledges may read, those of both ends', async () => {
    const clock = new FakeClock(0)
    const { dialer, listener, peers } = muxers({}, {}, { clock })
    withholdFinAcks(peers[0])
    withholdFinAcks(peers[1])
    sendFirstMessagesBack(dialer)
    sendFirstMessagesBack(listener)

    const streams = [await dialer.createStream(), await listener.createStream()]
    await turns()
    const remotes = [...listener.streams, ...dialer.streams].filter(stream => !streams.includes(stream))
    const closing = [...streams, ...remotes].map(async stream => stream.close())

    for (let s = 0; s < 2; s++) {
      await turns()
      clock.pass(1_000)
    }

    await Promise.all(closing)
    await turns()
    const ids = streams.map(({ id }) => Number(id))

    // what they have waited for took 2 s
    clock.pass(2_900)
    expect(peers.map(({ channels }) => ids.every(id => channels.has(id)))).to.deep.equal([true, true])
    clock.pass(2_100)
    await turns()
    expect(peers.map(({ channels }) => ids.some(id => channels.has(id)))).to.deep.equal([false, false])
  })

  describe('where nothing comes from the remote', () => {
    const JS = { protocols: [], agentVersion: 'js-libp2p/3.3.11 node/24.21.0' }
    const GO = { protocols: [], agentVersion: 'go-libp2p' }

    for (const isAwaited of [true, false]) {
      it(`nudges the stack if that is js-libp2p, ${isAwaited ? 'and asks it, twice at most, where a stream waits' : 'once where none waits'}`, async () => {
        const clock = new FakeClock(0)
        const { dialer, listener, peers: [peer] } = muxers({}, {}, { clock })
        dialer.remoteIs(JS)

        const accepted = nextStream(listener)
        const stream = await dialer.createStream()
        stream.send(new Uint8Array(1_000))
        const remote = await accepted

        if (!isAwaited) {
          const answered = pEvent(stream, 'message')
          remote.send(Uint8Array.of(1))
          await answered
        }

        clock.pass(60_000)
        expect(peer.nudges).to.deep.equal([undefined])
        expect(dialer.present.all()).to.have.lengthOf(isAwaited ? 3 : 1)
      })
    }

    it('nudges the stack with a stream if that is another one and a stream waits, not more often than every 20 s', async () => {
      const clock = new FakeClock(0)
      const { dialer, peers: [peer] } = muxers({}, {}, { clock })
      dialer.remoteIs(GO)

      const stream = await dialer.createStream()
      const opened = (): number => peer.channels.size - 2
      stream.send(new Uint8Array(1_000))
      await turns()
      clock.pass(999)
      expect(opened()).to.equal(0)
      clock.pass(1)
      expect(opened()).to.equal(1)

      stream.send(new Uint8Array(1_000))
      await turns()
      clock.pass(18_000)
      expect(opened()).to.equal(1)

      stream.send(new Uint8Array(1_000))
      await turns()
      clock.pass(4_000)
      expect(opened()).to.equal(2)
      expect(peer.nudges).to.be.empty()
    })

    it('nudges it with an empty frame on a stream that is open, once it has shown that it reads on behind one', async () => {
      const clock = new FakeClock(0)
      const { dialer, listener, peers: [peer] } = muxers({}, {}, { clock })
      dialer.remoteIs(GO)

      const accepted = nextStream(listener)
      const stream = await dialer.createStream()
      stream.send(Uint8Array.of(1))
      const remote = await accepted
      remote.addEventListener('message', () => {})
      const answered = pEvent(stream, 'message')
      remote.send(Uint8Array.of(2))
      await answered

      stream.send(Uint8Array.of(3))
      await turns()
      const asked = nextStream(listener)
      clock.pass(1_000)
      const question = await asked
      const ended = pEvent(question, 'close')
      question.send(new TextEncoder().encode('\u0013/multistream/1.0.0\n\u0003na\n'))
      await ended

      stream.send(Uint8Array.of(4))
      await turns()
      clock.pass(1_000)
      expect(peer.nudges).to.deep.equal([Number(stream.id)])

      // an end that has sent FIN sends no more
      await Promise.all([stream.close(), pEvent(remote, 'remoteCloseWrite')])
      clock.pass(60_000)
      expect(peer.nudges).to.have.lengthOf(1)
    })

    it('leaves another one alone while its streams only rest', async () => {
      const clock = new FakeClock(0)
      const { dialer, listener, peers: [peer] } = muxers({}, {}, { clock })
      const accepted = nextStream(listener)
      const stream = await dialer.createStream()
      stream.send(Uint8Array.of(1))
      const remote = await accepted
      const answered = pEvent(stream, 'message')
      remote.send(Uint8Array.of(2))
      await answered
      clock.pass(60_000)

      expect(peer.channels.size).to.equal(2)
      expect(peer.nudges).to.be.empty()
      expect(clock.pending).to.equal(0)
    })
  })

  it('probes a remote that has ended its side before and does not acknowledge', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })

    const { dialer, listener, peers } = muxers()
    withholdFinAcks(peers[1])

    sendFirstMessagesBack(listener)

    const stream = await dialer.createStream()
    const remote = await nextStream(listener)
    await Promise.all([remote.close(), pEvent(stream, 'remoteCloseWrite')])
    const ended = pEvent(stream, 'close')
    const closing = stream.close()
    await pEvent(remote, 'remoteCloseWrite')
    mock.timers.tick(1_000)

    await closing
    await ended
    expect(stream.status).to.equal('closed')
  })

  for (const isLost of [true, false]) {
    it(`${isLost ? 'gives up a connection on which a stream is not acknowledged, nor anything else' : 'keeps one whose remote is alive and does not acknowledge'}`, async () => {
      const clock = new FakeClock(0)
      const lost: Error[] = []
      const [maConn] = multiaddrConnectionPair()
      const [peer, remote] = memoryPair()
      const muxer = new DataChannelMuxerFactory({
        ...resolveOptions().streams,
        peer,
        clock,
        onIdsUsedUp () {},
        onLost: (err) => { lost.push(err) }
      }).createStreamMuxer(maConn)

      // the stack of a remote that is alive acknowledges channels
      const transmit = peer.transmit.bind(peer)
      const channels = peer.openChannel.bind(peer)
      remote.transmit = () => {}
      peer.transmit = isLost ? () => {} : transmit
      peer.openChannel = (id) => {
        const channel = channels(id)
        setImmediate(() => { isLost || channel.onAcknowledged?.() })

        return channel
      }

      const stream = await muxer.createStream()
      const closing = stream.close()
      await turns()
      clock.pass(11_000)
      await expect(closing).to.eventually.be.rejected().with.property('name', 'FinAckTimeoutError')
      await turns()
      clock.pass(11_000)

      expect(lost.map(({ name }) => name)).to.deep.equal(isLost ? ['ConnectionLostError'] : [])
    })
  }

  it('ends streams with an error when the connection is lost', async () => {
    const { dialer, listener, connections } = muxers()
    const accepted = nextStream(listener)
    const stream = await dialer.createStream()
    await accepted
    const ends = Promise.all([pEvent(stream, 'close'), pEvent(await accepted, 'close')])

    connections[0].abort(new Error('enough'))
    connections[1].abort(new Error('enough'))
    await ends

    expect(stream.status).to.equal('reset')
    expect((await accepted).status).to.equal('reset')
  })
})
