import { expect } from 'aegir/chai'
import { encodeFlag, Flag, MAX_INBOUND_FRAME } from '../../src/wire/framing.ts'
import { readAll } from '../support/exchange.ts'
import { dataFrame, streamAndRemote, streamPair, turn } from '../support/stream-ends.ts'

describe('the reading half of a stream', () => {
  it('takes data and FIN in one frame: the data first', async () => {
    const [a, remote] = streamAndRemote()

    remote.send(Uint8Array.from([5, 0x08, Flag.FIN, 0x12, 1, 42]))

    expect(await readAll(a.stream)).to.deep.equal(Uint8Array.of(42))
  })

  it('delivers nothing that comes after FIN', async () => {
    const [a, remote] = streamAndRemote()

    remote.send(dataFrame(Uint8Array.of(1)))
    remote.send(encodeFlag(Flag.FIN))
    remote.send(dataFrame(Uint8Array.of(2)))

    expect(await readAll(a.stream)).to.deep.equal(Uint8Array.of(1))
  })

  it('can be read after the end has arrived', async () => {
    const [a, b] = streamPair()

    a.stream.send(Uint8Array.of(1, 2, 3))
    await a.stream.close()
    await turn()

    expect(await readAll(b.stream)).to.deep.equal(Uint8Array.of(1, 2, 3))
  })

  it('can be read after both ends have closed', async () => {
    const [a, b] = streamPair()

    a.stream.send(Uint8Array.of(1, 2, 3))
    await Promise.all([a.stream.close(), b.stream.close()])
    await b.freed

    expect(await readAll(b.stream)).to.deep.equal(Uint8Array.of(1, 2, 3))
  })

  it('ends at once for a reader that comes after everything', async () => {
    const [a, b] = streamPair()

    await a.stream.close()

    expect(await readAll(b.stream)).to.have.lengthOf(0)
    expect(await readAll(b.stream)).to.have.lengthOf(0)
  })

  it('tells of the end only after the last data, also when paused', async () => {
    const [a, b] = streamPair()
    const events: string[] = []
    b.stream.addEventListener('message', () => { events.push('message') })
    b.stream.addEventListener('remoteCloseWrite', () => { events.push('remoteCloseWrite') })
    b.stream.pause()

    a.stream.send(Uint8Array.of(1))
    await a.stream.close()
    expect(events).to.deep.equal([])

    b.stream.resume()
    expect(events).to.deep.equal(['message', 'remoteCloseWrite'])
  })

  it('takes a frame of the greatest length, in pieces', async () => {
    const [a, remote] = streamAndRemote()
    const body = MAX_INBOUND_FRAME
    const data = body - 4
    const reading = readAll(a.stream)

    remote.send(Uint8Array.from([(body & 0x7f) | 0x80, ((body >> 7) & 0x7f) | 0x80, body >> 14]))
    remote.send(Uint8Array.from([0x12, (data & 0x7f) | 0x80, ((data >> 7) & 0x7f) | 0x80, data >> 14]))
    remote.send(new Uint8Array(data))
    remote.send(encodeFlag(Flag.FIN))

    expect(await reading).to.have.lengthOf(data)
  })

  it('resets the stream where nobody reads, and says why', async () => {
    const [a, b] = streamPair({ maxReadBufferLength: 10_000 })

    a.stream.send(new Uint8Array(20_000))

    const { error } = await b.ended
    expect(error).to.have.property('name', 'StreamBufferError')
    expect(error).to.have.property('message').that.includes('10000')
    expect((await a.ended).error).to.have.property('name', 'StreamResetError')
  })

  it('resets the stream where the reader has stopped in the middle, and says why', async () => {
    const [a, b] = streamPair({ maxReadBufferLength: 10_000 })
    const stuck = (async () => {
      for await (const data of b.stream) {
        expect(data.byteLength).to.be.greaterThan(0)
        await b.ended
      }
    })()
    stuck.catch(() => {})

    a.stream.send(new Uint8Array(20_000 * 16))

    const { error } = await b.ended
    expect(error).to.have.property('name', 'StreamBufferError')
    await expect(stuck).to.eventually.be.rejected.with.property('name', 'StreamBufferError')
  })
})
