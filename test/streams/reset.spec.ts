import { StreamResetError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { FramingError, InactivityTimeoutError } from '../../src/errors.ts'
import { Flag } from '../../src/wire/framing.ts'
import { readAll } from '../support/exchange.ts'
import { dataFrame, streamAndRemote, streamPair } from '../support/stream-ends.ts'

describe('RESET_STREAM', () => {
  it('ends both halves at both ends, and wakes readers and writers', async () => {
    const [a, b] = streamPair({}, { highWaterMark: 1000, automatic: false })
    const error = { name: 'StreamResetError' }

    b.stream.send(new Uint8Array(100_000))
    const reading = readAll(b.stream).catch(err => err)
    const writing = b.stream.onDrain().catch(err => err)
    const closing = b.stream.close().catch(err => err)
    a.stream.abort(new Error('enough'))
    a.peer.deliver()

    expect(await reading).to.include(error)
    expect(await writing).to.include(error)
    expect(await closing).to.include(error)
    expect((await a.ended).local).to.be.true()
    expect((await b.ended).local).to.be.false()
    expect(a.stream.status).to.equal('aborted')
    expect(b.stream.status).to.equal('reset')
    expect(a.flags()).to.deep.equal([Flag.RESET_STREAM])
    expect(b.flags()).to.deep.equal([])
  })

  it('passes error codes on', async () => {
    const [a, b] = streamPair()

    a.stream.abort(Object.assign(new Error('enough'), { errorCode: 4_000_000_000 }))

    expect((await b.ended).error).to.have.property('errorCode', 4_000_000_000)
  })

  it('makes close() reject afterwards', async () => {
    const [a, b] = streamPair()

    b.stream.send(Uint8Array.of(1))
    a.stream.abort(new Error('enough'))
    await b.ended

    await expect(b.stream.close()).to.eventually.be.rejectedWith(StreamResetError)
    expect(() => b.stream.send(Uint8Array.of(1))).to.throw().with.property('name', 'StreamStateError')
  })

  it('lets close() resolve afterwards if nothing was written', async () => {
    const [a, b] = streamPair()

    a.stream.abort(new Error('enough'))
    await b.ended

    expect(() => b.stream.send(Uint8Array.of(1))).to.throw()
    await b.stream.close()
    expect(b.flags()).to.deep.equal([])
  })

  it('wakes a close() that waits for a blocked writer', async () => {
    const [a] = streamPair({}, { highWaterMark: 1000, automatic: false })

    a.stream.send(new Uint8Array(100_000))
    const closing = a.stream.close()
    a.stream.abort(new Error('enough'))

    await expect(closing).to.eventually.be.rejectedWith('enough')
  })
})

describe('a channel that is closed', () => {
  it('ends the reader with a reset error where no FIN has come, after what had arrived', async () => {
    const [a, remote] = streamAndRemote()
    const received: number[] = []
    a.stream.addEventListener('message', (evt) => { received.push(...evt.data.subarray()) })

    remote.send(dataFrame(Uint8Array.of(1, 2)))
    remote.close()

    expect((await a.ended).error).to.have.property('name', 'StreamResetError')
    expect(received).to.deep.equal([1, 2])
    expect(await a.freed).to.equal('remote')
  })

  it('ends the reader with a reset error where the connection is lost', async () => {
    const [a, , remotePeer] = streamAndRemote()

    const reading = readAll(a.stream)
    await remotePeer.close()

    await expect(reading).to.eventually.be.rejectedWith(StreamResetError)
    expect(await a.freed).to.equal('connection-lost')
  })
})

describe('a stream is reset', () => {
  const cases: Array<[string, Uint8Array]> = [
    ['a frame that is too long', Uint8Array.from([0x81, 0x90, 0x10])],
    ['a malformed length', Uint8Array.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    ['a malformed message', Uint8Array.from([2, 0x12, 0xff])]
  ]

  for (const [name, bytes] of cases) {
    it(`for ${name}`, async () => {
      const [a, remote] = streamAndRemote()

      remote.send(bytes)

      expect((await a.ended).error).to.be.an.instanceOf(FramingError)
      expect(a.flags()).to.deep.equal([Flag.RESET_STREAM])
    })
  }

  it('when it is not used', async () => {
    const [a] = streamPair({ inactivityTimeout: 10 })

    expect((await a.ended).error).to.be.an.instanceOf(InactivityTimeoutError)
  })
})
