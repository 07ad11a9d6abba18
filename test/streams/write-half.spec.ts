import { StreamResetError } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { expect } from 'aegir/chai'
import { Uint8ArrayList } from 'uint8arraylist'
import { FrameSize } from '../../src/streams/frame-size.ts'
import { readAll } from '../support/exchange.ts'
import { memoryChannelPair } from '../support/memory-peer.ts'
import { end, streamPair } from '../support/stream-ends.ts'

describe('the writing half of a stream', () => {
  it('asks the writer to wait when the channel is full, and tells when it is not', async () => {
    const [a, b] = streamPair({}, { highWaterMark: 10_000 })
    const data = new Uint8Array(50_000)
    let sent = 0
    const reading = readAll(b.stream)

    while (sent < 1_000_000) {
      sent += data.byteLength

      if (!a.stream.send(data)) {
        await a.stream.onDrain()
      }
    }

    await a.stream.close()
    expect(await reading).to.have.lengthOf(sent)
  })

  it('holds a writer whose pieces are longer than what the channel takes', async () => {
    const [a, b] = streamPair({}, { highWaterMark: 10_000 })
    const reading = readAll(b.stream)
    let longest = 0

    for (let i = 0; i < 50; i++) {
      if (!a.stream.send(new Uint8Array(100_000))) {
        await a.stream.onDrain()
      }

      longest = Math.max(longest, a.stream.writeBufferLength)
    }

    await a.stream.close()
    expect(await reading).to.have.lengthOf(5_000_000)
    expect(longest).to.equal(0)
  })

  it('cuts data into frames that are no longer than the limit', async () => {
    const [a, b] = streamPair({ frameSize: new FrameSize(1_144, 1_000) })
    const data = new Uint8Array(10_000).map((_, i) => i)

    a.stream.send(new Uint8ArrayList(data.subarray(0, 1), data.subarray(1, 3_333), data.subarray(3_333)))
    const reading = readAll(b.stream)
    await a.stream.close()

    expect(await reading).to.deep.equal(data)
    expect(Math.max(...a.peer.log.map(({ byteLength }) => byteLength))).to.equal(1000)
  })

  it('is closed after data that the channel could not take yet', async () => {
    const [a, b] = streamPair({}, { highWaterMark: 1000 })
    const data = new Uint8Array(100_000).map((_, i) => i)

    expect(a.stream.send(data)).to.be.false()
    const reading = readAll(b.stream)
    await a.stream.close()

    expect(await reading).to.deep.equal(data)
  })

  it('refuses to send after close()', async () => {
    const [a] = streamPair()
    const closing = a.stream.close()

    expect(() => a.stream.send(Uint8Array.of(1))).to.throw().with.property('name', 'StreamStateError')
    await closing
  })

  it('fails where the channel is closed and the stream was not told yet', async () => {
    const [channel, , peer] = memoryChannelPair()
    channel.close()

    const { stream } = end(channel, peer, {})

    // which would wait for a drain, and then reject with an event
    await expect(byteStream(stream).write(Uint8Array.of(1))).to.eventually.be.rejectedWith(StreamResetError)
  })
})
