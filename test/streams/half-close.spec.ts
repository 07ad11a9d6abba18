import { mock } from 'node:test'
import { StreamResetError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { FinAckTimeoutError } from '../../src/errors.ts'
import { FinAcks } from '../../src/streams/fin-acks.ts'
import { encodeFlag, Flag } from '../../src/wire/framing.ts'
import { readAll } from '../support/exchange.ts'
import { dataFrame, streamAndRemote, streamPair, turn } from '../support/stream-ends.ts'

describe('a stream that is closed', () => {
  it('has ended when one end has closed it, and then the other', async () => {
    const [a, b] = streamPair()

    a.stream.send(Uint8Array.of(1, 2, 3))
    await a.stream.close()
    expect(await readAll(b.stream)).to.deep.equal(Uint8Array.of(1, 2, 3))
    expect(a.stream.status).to.equal('open')

    b.stream.send(Uint8Array.of(4, 5))
    const reading = readAll(a.stream)
    await b.stream.close()
    expect(await reading).to.deep.equal(Uint8Array.of(4, 5))

    await Promise.all([a.ended, b.ended, a.freed, b.freed])
    expect(a.stream.status).to.equal('closed')
    expect(b.stream.status).to.equal('closed')
    expect(a.flags()).to.deep.equal([Flag.FIN, Flag.FIN_ACK])
    expect(b.flags()).to.deep.equal([Flag.FIN_ACK, Flag.FIN])
  })

  it('has ended when both ends have closed it at once', async () => {
    const [a, b] = streamPair()

    a.stream.send(Uint8Array.of(1))
    b.stream.send(Uint8Array.of(2))
    const readings = Promise.all([readAll(a.stream), readAll(b.stream)])
    await Promise.all([a.stream.close(), b.stream.close()])

    expect(await readings).to.deep.equal([Uint8Array.of(2), Uint8Array.of(1)])
    await Promise.all([a.ended, b.ended, a.freed, b.freed])
    expect(a.flags()).to.have.members([Flag.FIN, Flag.FIN_ACK])
    expect(b.flags()).to.have.members([Flag.FIN, Flag.FIN_ACK])
  })

  it('leaves its channel to be closed by the end that opened it', async () => {
    const [a, b] = streamPair()

    await Promise.all([a.stream.close(), b.stream.close()])

    expect(await a.freed).to.equal('here')
    expect(await b.freed).to.equal('remote')
  })

  it('closes its channel from the other end if that one does not', async () => {
    const [, b] = streamPair({ onEnded: () => 5 }, { automatic: false })

    b.stream.abort(new Error('enough'))

    expect(await b.freed).to.equal('here')
  })

  it('sends FIN once: close() called twice waits for the same', async () => {
    const [a, b] = streamPair()
    const order: string[] = []
    b.stream.addEventListener('remoteCloseWrite', () => { order.push('fin') })

    await Promise.all([
      a.stream.close().then(() => order.push('first')),
      a.stream.close().then(() => order.push('second'))
    ])

    expect(order).to.deep.equal(['fin', 'first', 'second'])
    expect(a.flags()).to.deep.equal([Flag.FIN])
  })

  it('sends FIN_ACK once, also for two FINs', async () => {
    const [a, remote] = streamAndRemote()

    remote.send(encodeFlag(Flag.FIN))
    remote.send(encodeFlag(Flag.FIN))
    await readAll(a.stream)
    await turn()

    expect(a.flags()).to.deep.equal([Flag.FIN_ACK])
  })
})

describe('a remote that does not acknowledge', () => {
  it('makes close() reject after the time-out, and the stream reset', async () => {
    const [a] = streamAndRemote({ finAckTimeout: 5 })

    await expect(a.stream.close()).to.eventually.be.rejectedWith(FinAckTimeoutError)
      .with.property('name', 'FinAckTimeoutError')
    expect(a.stream.status).to.equal('aborted')
    expect(a.flags()).to.deep.equal([Flag.FIN, Flag.RESET_STREAM])
  })

  it('ends no process when nobody awaits close()', async () => {
    const [a] = streamAndRemote({ finAckTimeout: 5 })
    const signal = new AbortController()

    void a.stream.close({ signal: signal.signal })
    void a.stream.close()
    signal.abort()

    // mocha fails a test in which a rejection is not handled
    await a.ended
    await turn()
  })

  it('makes close() reject when the signal of the caller is aborted, and the stream reset', async () => {
    const [a] = streamAndRemote()

    await expect(a.stream.close({ signal: AbortSignal.timeout(5) })).to.eventually.be.rejected
      .with.property('name', 'TimeoutError')
    expect(a.flags()).to.deep.equal([Flag.FIN, Flag.RESET_STREAM])
  })

  it('acknowledges by closing the channel after its own FIN', async () => {
    const [a, remote] = streamAndRemote()

    const closing = a.stream.close()
    remote.send(encodeFlag(Flag.FIN))
    remote.close()

    await closing
    expect((await a.ended).error).to.be.undefined()
    expect(await a.freed).to.equal('remote')
  })

  it('does not acknowledge by losing the connection after its own FIN', async () => {
    const [a, remote, remotePeer] = streamAndRemote()

    const closing = a.stream.close()
    remote.send(encodeFlag(Flag.FIN))
    await remotePeer.close()

    await expect(closing).to.eventually.be.rejectedWith(StreamResetError)
  })
})

describe('a remote that never acknowledges', () => {
  afterEach(() => {
    mock.timers.reset()
  })

  function never (): FinAcks {
    return Object.assign(new FinAcks(), { state: 'never' })
  }

  it('does not hold up close() nor reset the stream, once it is known', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })

    const [a, remote] = streamAndRemote()
    const reading = readAll(a.stream)

    // the first stream, from which it is learned
    const closing = a.stream.close()
    remote.send(dataFrame(Uint8Array.of(1, 2)))
    await turn()
    mock.timers.tick(1_000)
    await closing
    expect(a.stream.status).to.equal('open')
    expect(a.stream.writeStatus).to.equal('closed')

    remote.send(dataFrame(Uint8Array.of(3)))
    remote.send(encodeFlag(Flag.FIN))
    expect(await reading).to.deep.equal(Uint8Array.of(1, 2, 3))
    expect((await a.ended).error).to.be.undefined()

    // nor is it sent what it does not know
    expect(a.flags()).to.deep.equal([Flag.FIN])
  })

  it('is not waited for on later streams', async () => {
    const [a] = streamAndRemote({ finAcks: never(), finAckTimeout: 5 })

    a.stream.send(Uint8Array.of(1))
    await a.stream.close()
    await turn()

    expect(a.stream.status).to.equal('open')
    expect(a.frames()).to.have.lengthOf(2)
  })

  it('ends the stream when it had sent FIN before', async () => {
    const [a, remote] = streamAndRemote({ finAcks: never() })
    remote.send(encodeFlag(Flag.FIN))
    await turn()
    await a.stream.close()

    expect((await a.ended).error).to.be.undefined()
    expect(a.stream.status).to.equal('closed')
  })

  it('may answer FIN with a reset where nobody reads any more, as rust-libp2p does after a ping', async () => {
    const [a, remote] = streamAndRemote()

    a.stream.send(Uint8Array.of(1))
    const closing = a.stream.close()
    await a.stream.closeRead()
    remote.send(encodeFlag(Flag.RESET_STREAM))

    await closing
    expect((await a.ended).error).to.be.undefined()
  })

  it('tells a reader of its reset', async () => {
    const [a, remote] = streamAndRemote({ finAcks: never() })
    const reading = readAll(a.stream)
    reading.catch(() => {})

    await a.stream.close()
    remote.send(encodeFlag(Flag.RESET_STREAM))

    await expect(reading).to.eventually.be.rejectedWith(StreamResetError)
  })

  it('is another one than a remote that has acknowledged before: its reset fails close()', async () => {
    const finAcks = new FinAcks()
    finAcks.received()
    const [a, remote] = streamAndRemote({ finAcks })

    a.stream.send(Uint8Array.of(1))
    const closing = a.stream.close()
    await a.stream.closeRead()
    remote.send(encodeFlag(Flag.RESET_STREAM))

    await expect(closing).to.eventually.be.rejectedWith(StreamResetError)
  })
})
