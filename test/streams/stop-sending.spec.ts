import { expect } from 'aegir/chai'
import { StopSendingError } from '../../src/errors.ts'
import { encodeFlag, Flag } from '../../src/wire/framing.ts'
import { readAll } from '../support/exchange.ts'
import { dataFrame, streamAndRemote, streamPair, turn } from '../support/stream-ends.ts'
import type { Channel } from '../../src/ports.ts'
import type { WebRTCStreamInit } from '../../src/streams/stream-init.ts'
import type { End } from '../support/stream-ends.ts'

describe('STOP_SENDING', () => {
  it('drops what arrives after closeRead() and acts on flags', async () => {
    const [a, b] = streamPair()

    await a.stream.closeRead()
    await turn()
    await a.stream.close()
    const received = readAll(a.stream)
    await b.stream.close()

    expect(await received).to.have.lengthOf(0)
    await Promise.all([a.freed, b.freed])
    expect(a.flags()).to.deep.equal([Flag.STOP_SENDING, Flag.FIN, Flag.FIN_ACK])
    expect(a.stream.status).to.equal('closed')
  })

  it('acknowledges the end of a remote that goes on to send when nobody writes or reads any more', async () => {
    const [a, remote] = streamAndRemote()
    await a.stream.closeRead()
    const closing = a.stream.close()
    await turn()
    remote.send(encodeFlag(Flag.FIN_ACK))
    await closing
    await turn()
    expect(a.stream.status).to.equal('closed')

    remote.send(encodeFlag(Flag.FIN))

    while (a.flags().length < 3) {
      await turn()
    }

    expect(a.flags()).to.deep.equal([Flag.STOP_SENDING, Flag.FIN, Flag.FIN_ACK])
  })

  it('fails later writes with an error that says so, and does not reset', async () => {
    const [a, remote] = streamAndRemote()

    remote.send(Uint8Array.from([4, 0x08, Flag.STOP_SENDING, 0x18, 7]))
    await turn()

    expect(() => a.stream.send(Uint8Array.of(1))).to.throw(StopSendingError).with.property('errorCode', 7)
    await expect(a.stream.onDrain()).to.eventually.be.rejectedWith(StopSendingError)
    expect(a.stream.status).to.equal('open')
    expect(a.flags()).to.deep.equal([])
  })

  it('lets a remote that sends before it has an answer negotiate, as go-libp2p does where it closes a stream at once', async () => {
    const [a, remote] = streamAndRemote({ negotiates: true, direction: 'inbound' })
    const received = readAll(a.stream)

    remote.send(dataFrame(Uint8Array.of(1)))
    remote.send(encodeFlag(Flag.STOP_SENDING))
    remote.send(encodeFlag(Flag.FIN))
    await turn()

    expect(a.stream.send(Uint8Array.of(2))).to.be.true()
    a.stream.protocol = '/test/1.0.0'
    await turn()
    await turn()

    expect(() => a.stream.send(Uint8Array.of(3))).to.throw(StopSendingError)
    expect(await received).to.equalBytes(Uint8Array.of(1))
    await a.stream.close()
    expect(a.frames().flatMap(({ message }) => message ?? [])).to.be.empty()
  })

  it('fails pending writes, and FIN is sent all the same', async () => {
    const [a, b] = streamPair({}, { highWaterMark: 1000, automatic: false })

    expect(a.stream.send(new Uint8Array(100_000))).to.be.false()
    const waiting = a.stream.onDrain()
    const closing = a.stream.close({ signal: AbortSignal.timeout(10_000) })
    waiting.catch(() => {})
    await b.stream.closeRead()
    b.peer.deliver()

    await expect(waiting).to.eventually.be.rejectedWith(StopSendingError)
    await expect(closing).to.eventually.be.rejectedWith(StopSendingError)
    expect(a.flags()).to.deep.equal([Flag.FIN])
  })

  it('makes close() wait for no FIN_ACK: it may never come', async () => {
    const [a, remote] = streamAndRemote()

    a.stream.send(Uint8Array.of(1))
    remote.send(encodeFlag(Flag.STOP_SENDING))
    await turn()
    await a.stream.close()

    expect(a.flags()).to.deep.equal([Flag.FIN])
  })

  it('ends a stream of which neither half is of use any more, before the remote has sent FIN', async () => {
    const [a, b] = streamPair()

    await a.stream.close()
    await a.stream.closeRead()

    expect(a.stream.status).to.equal('closed')
    expect(b.stream.status).to.equal('open')
    await b.stream.close()
    expect(await a.freed).to.equal('here')
  })

  it('frees a stream that nobody uses when the remote never sends FIN', async () => {
    const [a, remote] = streamAndRemote({ finAckTimeout: 5, onEnded: () => 0 })

    await a.stream.closeRead()
    const closing = a.stream.close()
    remote.send(encodeFlag(Flag.FIN_ACK))
    await closing

    expect((await a.ended).error).to.be.undefined()
    expect(await a.freed).to.equal('here')
  })
})

describe('a remote that needs nothing more', () => {
  // as go-libp2p's Close() does, which closes the channel when FIN_ACK comes
  async function remoteThatIsDone (init?: Partial<WebRTCStreamInit>): Promise<[End, Channel]> {
    const [a, remote] = streamAndRemote(init)

    a.stream.send(Uint8Array.of(1))
    remote.send(encodeFlag(Flag.FIN))
    remote.send(encodeFlag(Flag.STOP_SENDING))
    expect(await readAll(a.stream)).to.have.lengthOf(0)
    await turn()

    return [a, remote]
  }

  it('is sent FIN before FIN_ACK by a reader that closes the stream at its end', async () => {
    const [a, remote] = streamAndRemote()
    const closed = readAll(a.stream).then(async () => a.stream.close())

    // STOP_SENDING is on its way
    remote.send(encodeFlag(Flag.FIN))

    while (a.flags().length < 2) {
      await turn()
    }

    expect(a.flags()).to.deep.equal([Flag.FIN, Flag.FIN_ACK])
    remote.send(encodeFlag(Flag.STOP_SENDING))
    await closed
  })

  it('is sent no FIN when it closes the channel', async () => {
    const [a, remote] = await remoteThatIsDone()

    await a.stream.close()
    remote.close()

    expect((await a.ended).error).to.be.undefined()
    expect(await a.freed).to.equal('remote')
    expect(a.flags()).to.deep.equal([Flag.FIN_ACK])
  })

  it('is sent FIN when it leaves the channel open', async () => {
    const finDelay = Promise.withResolvers<void>()
    const [a, remote] = await remoteThatIsDone({
      onEnded: () => 0,
      finDelay: () => {
        finDelay.resolve()
        return 20
      }
    })

    await a.stream.close()
    await finDelay.promise
    expect(a.flags()).to.deep.equal([Flag.FIN_ACK])

    while (!a.flags().includes(Flag.FIN)) {
      await turn()
    }

    remote.send(encodeFlag(Flag.FIN_ACK))
    expect((await a.ended).error).to.be.undefined()
    expect(await a.freed).to.equal('here')
    expect(a.flags()).to.deep.equal([Flag.FIN_ACK, Flag.FIN])
  })

  it('may close the channel before the stream is closed here', async () => {
    const [a, remote] = await remoteThatIsDone()

    remote.close()

    expect((await a.ended).error).to.be.undefined()
    expect(a.stream.status).to.equal('closed')
    await a.stream.close()
    expect(() => a.stream.send(Uint8Array.of(1))).to.throw(StopSendingError)
    expect(a.flags()).to.deep.equal([Flag.FIN_ACK])
  })

  it('is sent no RESET_STREAM', async () => {
    const [a, remote] = await remoteThatIsDone()

    a.stream.abort(new Error('enough'))
    remote.close()

    expect(await a.freed).to.equal('remote')
    expect(a.flags()).to.deep.equal([Flag.FIN_ACK])
  })

  it('is one that has stopped reading, where its data is not wanted either', async () => {
    const [a, remote] = streamAndRemote()

    await a.stream.closeRead()
    remote.send(encodeFlag(Flag.STOP_SENDING))
    await turn()
    await a.stream.close()
    remote.close()

    expect((await a.ended).error).to.be.undefined()
    expect(a.flags()).to.deep.equal([Flag.STOP_SENDING])
  })
})
