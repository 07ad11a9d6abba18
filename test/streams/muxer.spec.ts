import { MuxerClosedError } from '@libp2p/interface'
import tests from '@libp2p/interface-compliance-tests/stream-muxer'
import { defaultLogger } from '@libp2p/logger'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { ChannelIdsUsedUpError, ChannelLimitError } from '../../src/errors.ts'
import { openPeers } from '../../src/native/sweep.ts'
import { resolveOptions } from '../../src/options.ts'
import { DataChannelMuxerFactory } from '../../src/streams/muxer-factory.ts'
import { encodeFlag, Flag } from '../../src/wire/framing.ts'
import { exchange, readAll, sendBack } from '../support/exchange.ts'
import { MemoryPeer, memoryPair } from '../support/memory-peer.ts'
import { nativePair } from '../support/native-pair.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Channel, Peer } from '../../src/ports.ts'
import type { DataChannelMuxer } from '../../src/streams/muxer.ts'
import type { MemoryPairInit } from '../support/memory-peer.ts'
import type { MultiaddrConnection, Stream, StreamMuxerFactory } from '@libp2p/interface'

const log = defaultLogger().forComponent('test')

const retired = new Map<Peer, (err: Error) => void>()

/**
 * The suite gives each muxer a connection that carries bytes. Ours carries none:
 * a factory brings its own peer, which ends with the connection.
 */
function factory (peer: Peer, init?: WebRTCDirectInit): DataChannelMuxerFactory {
  const factory = new DataChannelMuxerFactory({
    peer,
    ...resolveOptions(init).streams,
    onIdsUsedUp: (err) => { retired.get(peer)?.(err) }
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
 * The suite asks for the two ends of a connection one after the other
 */
function pairwise (pair: () => Promise<[Peer, Peer]>): { setup (): Promise<StreamMuxerFactory>, teardown (): Promise<void> } {
  const peers: Peer[] = []
  let second: Peer | undefined

  return {
    async setup () {
      if (second != null) {
        const peer = second
        second = undefined

        return factory(peer, { maxInboundStreams: 10_000 })
      }

      const [a, b] = await pair()
      peers.push(a, b)
      second = b

      return factory(a, { maxInboundStreams: 10_000 })
    },
    async teardown () {
      await Promise.all(peers.map(async peer => peer.close()))
    }
  }
}

interface Muxers {
  dialer: DataChannelMuxer
  listener: DataChannelMuxer
  connections: [MultiaddrConnection, MultiaddrConnection]
  peers: [MemoryPeer, MemoryPeer]
}

function muxers (init: WebRTCDirectInit = {}, link: MemoryPairInit = {}): Muxers {
  const connections = multiaddrConnectionPair()
  const peers = memoryPair(link)

  return {
    dialer: factory(peers[0], init).createStreamMuxer(connections[0]),
    listener: factory(peers[1], init).createStreamMuxer(connections[1]),
    connections,
    peers
  }
}

async function nextStream (muxer: DataChannelMuxer): Promise<Stream> {
  return (await pEvent<'stream', CustomEvent<Stream>>(muxer, 'stream')).detail
}

describe('muxer over memory', () => {
  tests(pairwise(async () => memoryPair()))
})

describe('muxer', () => {
  it('opens streams from the dialer with even ids and from the listener with odd ones', async () => {
    const { dialer, listener } = muxers()

    expect((await dialer.createStream()).id).to.equal('2')
    expect((await dialer.createStream()).id).to.equal('4')
    expect((await listener.createStream()).id).to.equal('1')
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
    const { dialer, listener } = muxers({}, { maxChannelId: 9 })
    listener.addEventListener('stream', (evt) => {
      evt.detail.addEventListener('remoteCloseWrite', () => { void evt.detail.close() })
    })
    const [first] = await Promise.all([dialer.createStream(), dialer.createStream(), dialer.createStream()])
    const waiting = dialer.createStream()

    await first.close()

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
    const early = factory(b, { maxEarlyStreams: 2 })
    const closed: number[] = []

    for (let id = 1; id <= 3; id++) {
      early.onChannel({ id, reliable: true, attach () {}, send: () => true, bufferedAmount: () => 0, expectNoMore () {}, close () { closed.push(id) } })
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
    const { dialer, listener, peers } = muxers()
    const accepted = nextStream(listener)
    const stream = await dialer.createStream()
    const ended = pEvent(stream, 'close')
    const remote = await accepted

    // no FIN_ACK comes through
    const transmit = peers[1].transmit.bind(peers[1])
    peers[1].transmit = (packet) => {
      if (packet.type !== 'message' || !Buffer.from(encodeFlag(Flag.FIN_ACK)).equals(packet.data)) {
        transmit(packet)
      }
    }

    stream.send(new Uint8Array(100_000))
    const closing = dialer.close()
    remote.send(Uint8Array.of(1))

    // because it has been heard
    await stream.close()
    expect(dialer.status).to.equal('closing')
    void remote.close()

    await Promise.all([closing, ended])
    expect(dialer.status).to.equal('closed')
    expect(dialer.linger()).to.be.greaterThan(500)
  })

  it('probes a remote that has ended its side before and does not acknowledge', async () => {
    const { dialer, listener, peers } = muxers()
    const transmit = peers[1].transmit.bind(peers[1])
    peers[1].transmit = (packet) => {
      if (packet.type !== 'message' || !Buffer.from(encodeFlag(Flag.FIN_ACK)).equals(packet.data)) {
        transmit(packet)
      }
    }

    // answers the first message of each stream with the same
    listener.addEventListener('stream', ({ detail }) => {
      detail.addEventListener('message', ({ data }) => { detail.send(data) }, { once: true })
      detail.addEventListener('remoteCloseWrite', () => {})
    })

    const stream = await dialer.createStream()
    const remote = await nextStream(listener)
    await Promise.all([remote.close(), pEvent(stream, 'remoteCloseWrite')])
    const ended = pEvent(stream, 'close')
    await stream.close()

    await ended
    expect(stream.status).to.equal('closed')
  })

  describe('a remote that takes every id once', () => {
    const MAX_ID = 127
    const LAST_ONES = MAX_ID - 2 * 4

    interface Exhausting extends Muxers {
      /**
       * Opens a stream with the next id, writes to it, and reads it to its end
       */
      echo (): Promise<string>
      lastId (): number
      end: Promise<Error>
      streams: Stream[]
    }

    function exhausting (init: WebRTCDirectInit = {}): Exhausting {
      const pair = muxers(init, { maxChannelId: MAX_ID })
      const streams: Stream[] = []
      let id = 0

      Object.assign((pair.dialer as any).opener.ids, {
        next: () => { id += 2; return id },
        closeDelay: () => 0
      })
      pair.listener.addEventListener('stream', ({ detail }) => {
        streams.push(detail)
        sendBack(detail).catch(() => {})
      })

      return {
        ...pair,
        streams,
        lastId: () => id,
        end: new Promise(resolve => { retired.set(pair.peers[1], resolve) }),
        async echo () {
          const data = new TextEncoder().encode(`${id}`)

          return new TextDecoder().decode(await exchange(await pair.dialer.createStream(), data))
        }
      }
    }

    it('is served up to the last ids, and then the connection is closed in a quiet moment', async () => {
      const { echo, lastId, end, listener } = exhausting()

      while (lastId() <= LAST_ONES) {
        expect(listener.status).to.equal('open')
        expect(await echo()).to.equal(`${lastId() - 2}`)
      }

      expect(await end).to.be.an.instanceOf(ChannelIdsUsedUpError)
      expect(listener.status).to.equal('closed')
    })

    it('is not answered any more before the very last id where it does not pause', async () => {
      const { dialer, echo, lastId, end, streams } = exhausting()

      while (lastId() <= LAST_ONES) {
        await echo()
      }

      const unanswered = await dialer.createStream()
      await end

      expect(unanswered.status).to.equal('open')
      expect(lastId()).to.be.lessThan(MAX_ID - 1)
      expect(streams).to.have.lengthOf(lastId() / 2 - 1)
      expect(streams.map(({ status }) => status)).to.not.include('reset')
    })

    it('keeps its streams for a while', async () => {
      const { dialer, echo, lastId, end, listener } = exhausting()
      const stream = await dialer.createStream()
      stream.send(Uint8Array.of(1))

      while (lastId() <= LAST_ONES) {
        await echo()
      }

      const reading = readAll(stream)
      stream.send(Uint8Array.of(2))
      await stream.close()
      expect(await reading).to.equalBytes(Uint8Array.of(1, 2))
      await end
      expect(listener.status).to.equal('closed')
    })

    it('sees the end of the connection, not of the stream it opens last', async () => {
      const { dialer, echo, lastId, end, peers } = exhausting()

      while (lastId() <= LAST_ONES) {
        await echo()
      }

      await end
      const sent = peers[1].log.length
      const stream = await dialer.createStream()
      stream.send(Uint8Array.of(1))
      peers[0].deliverAll()
      peers[1].deliverAll()

      expect(peers[1].log).to.have.lengthOf(sent)
      expect(stream.status).to.equal('open')
    })

    it('does not keep them for ever', async () => {
      const { dialer, echo, lastId, end, streams } = exhausting({ streamOpenTimeout: 10 })
      const stream = await dialer.createStream()
      stream.send(Uint8Array.of(1))
      await pEvent(stream, 'message')

      while (lastId() <= LAST_ONES) {
        await echo()
      }

      await end
      expect(streams[0].writeStatus).to.equal('closed')
    })
  })

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

describe('muxer over native connections', function () {
  this.timeout(120_000)

  const setup = pairwise(async () => nativePair(log))

  // some tests open 1,000 streams and an end has 511 channels: the others wait
  tests(setup)

  after(async () => {
    await setup.teardown()
    expect(openPeers()).to.equal(0)
  })
})
