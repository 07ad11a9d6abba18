import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { UnreadLimit } from '../../src/streams/unread.ts'
import { encodeFlag, Flag, FrameDecoder } from '../../src/wire/framing.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { muxers, nextStream } from '../support/muxers.ts'
import { dataFrame, streamAndRemote, turn } from '../support/stream-ends.ts'
import type { Muxers } from '../support/muxers.ts'
import type { Stream } from '@libp2p/interface'

const KiB = 1024

describe('what a remote sends and nobody reads', () => {
  describe('on all streams of a connection', () => {
    const LIMIT = 64 * KiB

    async function opened (count: number, pair: Muxers): Promise<Array<[Stream, Stream]>> {
      const all: Array<[Stream, Stream]> = []

      while (all.length < count) {
        const receiver = nextStream(pair.listener)
        all.push([await pair.dialer.createStream(), await receiver])
      }

      return all
    }

    it('is bounded: the stream that holds most is reset, with an error that says why', async () => {
      const pair = muxers({ maxConnectionReadBufferLength: LIMIT })
      const [[most, mostHeld], [less, lessHeld]] = await opened(2, pair)
      const reset = pEvent<'close', any>(mostHeld, 'close')

      most.send(new Uint8Array(40 * KiB))
      await turn()
      expect(mostHeld.status).to.equal('open')

      less.send(new Uint8Array(30 * KiB))

      expect((await reset).error).to.have.property('name', 'UnreadLimitError')
      await turn()
      expect(lessHeld).to.include({ status: 'open', readBufferLength: 30 * KiB })
    })

    it('is bounded by frames as well as by bytes', async () => {
      const pair = muxers({ maxConnectionReadBufferLength: LIMIT })
      const [[sender, receiver]] = await opened(1, pair)

      for (let i = 0; i < LIMIT / 256; i++) {
        sender.send(Uint8Array.of(1))
      }

      await turn()
      expect(receiver.status).to.equal('open')

      sender.send(Uint8Array.of(1))
      await turn()
      await turn()
      expect(receiver.status).to.equal('aborted')
    })

    it('counts only once it is not read', async () => {
      const pair = muxers({ maxConnectionReadBufferLength: LIMIT })
      const all = await opened(3, pair)
      const received = { bytes: 0 }

      for (const [sender, receiver] of all) {
        receiver.addEventListener('message', ({ data }) => { received.bytes += data.byteLength })
        sender.send(new Uint8Array(LIMIT))
      }

      while (received.bytes < all.length * LIMIT) {
        await turn()
      }

      expect(all.map(([, receiver]) => receiver.status)).to.deep.equal(['open', 'open', 'open'])
    })
  })

  it('counts while the protocol is negotiated, when it may wait where it can not be seen', async () => {
    const [a, remote] = streamAndRemote({ negotiates: true, unreadLimit: new UnreadLimit(KiB) })
    a.stream.addEventListener('message', () => {})

    for (let i = 0; i < 11; i++) {
      remote.send(dataFrame(new Uint8Array(100)))
    }

    expect((await a.ended).error).to.have.property('name', 'UnreadLimitError')
  })

  it('may be four times as much where somebody reads, until that stalls', async () => {
    const clock = new FakeClock(0)
    const [a, remote] = streamAndRemote({ clock, unreadLimit: new UnreadLimit(KiB), maxReadBufferLength: 100 * KiB })
    const reader = a.stream[Symbol.asyncIterator]()
    const first = reader.next()

    for (let i = 0; i < 8; i++) {
      remote.send(dataFrame(new Uint8Array(100)))
    }

    await first
    await turn()
    expect(a.stream.status).to.equal('open')

    await clock.advance(501)

    for (let i = 0; i < 2; i++) {
      remote.send(dataFrame(new Uint8Array(100)))
    }

    await turn()
    expect(a.stream.status).to.equal('aborted')
  })

  it('holds nothing of a frame that is not complete when the stream is reset', async () => {
    const decoder = new FrameDecoder()
    decoder.push(Uint8Array.of(100, 0x12), () => {})
    expect(decoder.byteLength).to.equal(2)

    decoder.drop()
    decoder.push(Uint8Array.of(100, 0x12), () => {})
    expect(decoder).to.include({ byteLength: 0, pieceCount: 0 })
  })

  it('does not hold the message of which it is a small part', () => {
    const decoder = new FrameDecoder()
    const message = new Uint8Array(10_000)
    message.set([4, 0x12, 2, 1, 2])
    message.set([100, 0x12], message.byteLength - 2)

    decoder.push(message, frame => {
      if (frame.message != null) {
        expect(frame.message.buffer.byteLength).to.equal(2)
      }
    })
  })

  it('behind the end is dropped, and too much of it resets the stream', async () => {
    const [a, remote] = streamAndRemote()
    remote.send(encodeFlag(Flag.FIN))

    for (let i = 0; i < 256; i++) {
      remote.send(dataFrame(new Uint8Array(100)))
    }

    await turn()
    expect(a.stream).to.include({ status: 'open', readBufferLength: 0 })

    remote.send(dataFrame(new Uint8Array(100)))

    expect((await a.ended).error).to.have.property('name', 'StreamViolationError')
  })

  for (const [what, frame] of Object.entries({
    STOP_SENDING: encodeFlag(Flag.STOP_SENDING),
    'FIN_ACK, to which there was no FIN,': encodeFlag(Flag.FIN_ACK),
    FIN: encodeFlag(Flag.FIN),
    'an unknown flag': encodeFlag(77),
    'an empty frame': Uint8Array.of(0),
    'a frame with no data': Uint8Array.of(2, 0x12, 0)
  })) {
    it(`may be ${what} again and again, until the stream is reset`, async () => {
      const [a, remote] = streamAndRemote()

      for (let i = 0; i < 256; i++) {
        remote.send(frame)
      }

      await turn()
      expect(a.stream.status).to.equal('open')

      remote.send(frame)
      remote.send(frame)

      expect((await a.ended).error).to.have.property('name', 'StreamViolationError')
    })
  }

  it('may be an empty frame behind each frame with data, for as long as the stream is used', async () => {
    const [a, remote] = streamAndRemote()
    a.stream.addEventListener('message', () => {})

    for (let i = 0; i < 1_000; i++) {
      remote.send(dataFrame(Uint8Array.of(1)))
      remote.send(Uint8Array.of(0))
      remote.send(Uint8Array.of(0))
    }

    await turn()
    expect(a.stream.status).to.equal('open')
  })
})
