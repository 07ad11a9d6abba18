import { expect } from 'aegir/chai'
import { FinAcks } from '../../src/streams/fin-acks.ts'
import { RemoteHabits } from '../../src/streams/remote-habits.ts'
import { encodeFlag, Flag, FrameDecoder } from '../../src/wire/framing.ts'
import { readAll } from '../support/exchange.ts'
import { memoryChannelPair } from '../support/memory-peer.ts'
import { dataFrame, end, streamAndRemote, streamPair, turn } from '../support/stream-ends.ts'
import type { MemoryPeer } from '../support/memory-peer.ts'

function habits (state: RemoteHabits['state']): RemoteHabits {
  return Object.assign(new RemoteHabits(), { state })
}

/**
 * For each message what is in it: a flag, or so many bytes
 */
function messages (peer: MemoryPeer): Array<Array<number | string>> {
  return peer.log.map(message => {
    const frames: Array<number | string> = []
    new FrameDecoder().push(message, ({ flag, message }) => {
      frames.push(...message == null ? [] : [message.byteLength], ...flag == null ? [] : [Object.entries(Flag).find(([, value]) => value === flag)?.[0] ?? 'unknown'])
    })

    return frames
  })
}

describe('the frames of a turn of the event loop', () => {
  for (const state of ['unknown', 'by-message'] as const) {
    it(`are messages of their own where what the remote takes is ${state}`, async () => {
      const [a, b] = streamPair({ habits: habits(state) })
      a.stream.send(new Uint8Array(10))
      a.stream.send(new Uint8Array(20))
      const reading = readAll(b.stream)
      await a.stream.close()

      expect(await reading).to.have.lengthOf(30)
      expect(messages(a.peer)).to.deep.equal([[10], [20], ['FIN']])
    })
  }

  it('are one message where the remote takes that', async () => {
    const [a, b] = streamPair({ habits: habits('by-byte') })
    a.stream.send(new Uint8Array(10))
    await Promise.resolve()
    a.stream.send(new Uint8Array(20))
    const reading = readAll(b.stream)
    await a.stream.close()

    expect(await reading).to.have.lengthOf(30)
    expect(messages(a.peer)).to.deep.equal([[10, 20, 'FIN']])
  })

  it('have FIN_ACK behind the end of a reader that closes the stream when it has read all', async () => {
    const [a, b] = streamPair({ habits: habits('by-byte') })
    b.stream.addEventListener('remoteCloseWrite', () => { void b.stream.close() })
    await a.stream.close()
    await Promise.all([a.ended, b.ended])

    expect(messages(a.peer)).to.deep.equal([['FIN'], ['FIN_ACK']])
    expect(messages(b.peer)).to.deep.equal([['FIN', 'FIN_ACK']])
  })

  it('have the reset of a stream at their end, and do not wait for that of the turn', () => {
    const [a] = streamAndRemote({ habits: habits('by-byte') })
    a.stream.send(new Uint8Array(10))
    a.stream.abort(new Error('enough'))

    expect(messages(a.peer)).to.deep.equal([[10, 'RESET_STREAM']])
  })

  it('are in order, and none is longer than the limit, whatever is written', async () => {
    const [a, b] = streamPair({ habits: habits('by-byte') })
    const data = new Uint8Array(100_000).map((_, i) => i)
    const reading = readAll(b.stream)

    for (let at = 0, size = 1; at < data.byteLength; at += size, size = size * 7 % 5_003) {
      a.stream.send(data.subarray(at, at + size))
    }

    await a.stream.close()
    expect(await reading).to.deep.equal(data)
    expect(Math.max(...a.peer.log.map(({ byteLength }) => byteLength))).to.be.at.most(4_096)
  })

  it('count as buffered while they wait', async () => {
    const [a] = streamAndRemote({ habits: habits('by-byte') })
    a.stream.send(new Uint8Array(10))
    expect(a.stream.bufferedLength).to.be.greaterThan(10)
    expect(a.peer.log).to.have.lengthOf(0)

    await turn()
    expect(a.peer.log).to.have.lengthOf(1)
  })

  it('make the writer wait when the channel is full', async () => {
    const [a, b] = streamPair({ habits: habits('by-byte') }, { highWaterMark: 500 })
    a.stream.send(new Uint8Array(500))
    await turn()

    expect(a.stream.send(new Uint8Array(1))).to.be.false()
    const reading = readAll(b.stream)
    await a.stream.onDrain()
    await a.stream.close()
    expect(await reading).to.have.lengthOf(501)
  })

  it('are no longer than what the stack sends in one piece, but for the first message of a stream that was opened here', async () => {
    const [a, b] = streamPair({ habits: habits('by-byte') })
    b.stream.addEventListener('message', () => {})

    for (let i = 0; i < 4; i++) {
      a.stream.send(new Uint8Array(500))
    }

    await turn()

    for (let i = 0; i < 4; i++) {
      a.stream.send(new Uint8Array(500))
    }

    await turn()
    expect(messages(a.peer)).to.deep.equal([[500, 500, 500, 500], [500, 500], [500, 500]])
  })
})

describe('FIN in the turn of a negotiation', () => {
  const NEGOTIATION = new Uint8Array(30)

  it('goes by itself where the remote may handle it before there is a handler', async () => {
    const [a] = streamAndRemote({ negotiates: true, habits: habits('by-byte') })
    a.stream.send(NEGOTIATION)
    a.stream.protocol = '/test/1.0.0'
    a.stream.send(new Uint8Array(5))
    void a.stream.close()
    await turn()

    expect(messages(a.peer)).to.deep.equal([[30, 5], ['FIN']])
  })

  it('goes with it where the remote has sent several frames at once', async () => {
    const shared = habits('by-byte')
    const [, remote] = streamAndRemote({ negotiates: true, habits: shared })
    remote.send(Uint8Array.of(...dataFrame(new Uint8Array(20)), ...dataFrame(new Uint8Array(10))))
    await turn()
    await turn()
    expect(shared.state).to.equal('together')

    const [a] = streamAndRemote({ negotiates: true, habits: shared })
    a.stream.send(NEGOTIATION)
    a.stream.protocol = '/test/1.0.0'
    a.stream.send(new Uint8Array(5))
    void a.stream.close()
    await turn()
    expect(messages(a.peer)).to.deep.equal([[30, 5, 'FIN']])
  })

  it('is told to the handler of the protocol, and what it answers goes with FIN_ACK', async () => {
    const [channel, remote, peer] = memoryChannelPair()
    remote.attach({ onMessage () {}, onViolation () {}, onDrain () {}, onClosed () {} })
    const { stream } = end(channel, peer, { direction: 'inbound', negotiates: true, habits: habits('together'), finAcks: Object.assign(new FinAcks(), { state: 'sent' }) })
    const events: string[] = []

    // as js-libp2p negotiates: it reads, and calls the handler some promises later
    stream.addEventListener('message', async () => {
      for (let i = 0; i < 10; i++) {
        await Promise.resolve()
      }

      stream.send(new Uint8Array(30))
      stream.protocol = '/test/1.0.0'
      stream.addEventListener('remoteCloseWrite', () => {
        events.push('end')
        stream.send(new Uint8Array(5))
        void stream.close()
      })
    }, { once: true })

    remote.send(Uint8Array.of(...dataFrame(NEGOTIATION), ...encodeFlag(Flag.FIN)))

    while (peer.log.length === 0) {
      await turn()
    }

    expect(events).to.deep.equal(['end'])
    expect(messages(peer)).to.deep.equal([[30, 5, 'FIN', 'FIN_ACK']])
  })
})
