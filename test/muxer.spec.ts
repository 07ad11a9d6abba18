import { MuxerClosedError } from '@libp2p/interface'
import tests from '@libp2p/interface-compliance-tests/stream-muxer'
import { defaultLogger } from '@libp2p/logger'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { ChannelLimitError } from '../src/errors.ts'
import { DataChannelMuxerFactory } from '../src/muxer.ts'
import { resolveOptions } from '../src/options.ts'
import { openPeers } from '../src/peer.ts'
import { MemoryPeer, memoryPair } from './memory-peer.ts'
import { nativePair } from './native-pair.ts'
import type { MemoryPairInit } from './memory-peer.ts'
import type { DataChannelMuxer } from '../src/muxer.ts'
import type { WebRTCDirectInit } from '../src/options.ts'
import type { Channel, Peer } from '../src/ports.ts'
import type { MultiaddrConnection, Stream, StreamMuxerFactory } from '@libp2p/interface'

const log = defaultLogger().forComponent('test')

/**
 * The suite gives each muxer a connection that carries bytes. Ours carries none:
 * a factory brings its own peer, which ends with the connection.
 */
function factory (peer: Peer, init?: WebRTCDirectInit): DataChannelMuxerFactory {
  const factory = new DataChannelMuxerFactory({ peer, ...resolveOptions(init).streams })
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
  peers: [Peer, Peer]
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

  it('waits for a free channel until one is closed', async () => {
    const { dialer, listener } = muxers({}, { maxChannelId: 7 })
    listener.addEventListener('stream', (evt) => {
      evt.detail.addEventListener('remoteCloseWrite', () => { void evt.detail.close() })
    })
    const [first] = await Promise.all([dialer.createStream(), dialer.createStream(), dialer.createStream()])
    const waiting = dialer.createStream()

    await first.close()

    expect((await waiting).status).to.equal('open')
  })

  it('waits for a free channel until its deadline, and says so', async () => {
    const { dialer } = muxers({ streamOpenTimeout: 10 }, { maxChannelId: 7 })
    await Promise.all([dialer.createStream(), dialer.createStream(), dialer.createStream()])

    await expect(dialer.createStream()).to.eventually.be.rejectedWith(ChannelLimitError, 'All 3 data channels')
  })

  it('waits for a free channel until its signal', async () => {
    const { dialer } = muxers({}, { maxChannelId: 3 })
    await dialer.createStream()

    await expect(dialer.createStream({ signal: AbortSignal.timeout(5) })).to.eventually.be.rejected
      .with.property('name', 'TimeoutError')
  })

  it('waits for a free channel until the connection closes', async () => {
    const { dialer, connections } = muxers({}, { maxChannelId: 3 })
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
      early.onChannel({ id, reliable: true, attach () {}, send: () => true, expectNoMore () {}, close () { closed.push(id) } })
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
