import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { Uint8ArrayList } from 'uint8arraylist'
import { AcceptedProtocols, FirstFlight } from '../../src/streams/first-flight.ts'
import { FrameDecoder } from '../../src/wire/framing.ts'
import { muxers, nextStream } from '../support/muxers.ts'
import { turn } from '../support/stream-ends.ts'
import type { Muxers } from '../support/muxers.ts'
import type { Stream } from '@libp2p/interface'

const PROTOCOL = '/test/a/1.0.0'
const NEGOTIATION = new TextEncoder().encode(`\u0013/multistream/1.0.0\n\u000e${PROTOCOL}\n`)
const NOT_AVAILABLE = new TextEncoder().encode('\u0013/multistream/1.0.0\n\u0003na\n')

describe('the first flight of a stream', () => {
  it('begins with header and protocol, as multistream-select has them', () => {
    expect(new FirstFlight(PROTOCOL).request).to.equalBytes(NEGOTIATION)
  })

  it('takes an answer however it is cut, and leaves what comes behind it', () => {
    for (let cut = 1; cut < NEGOTIATION.byteLength; cut++) {
      const flight = new FirstFlight(PROTOCOL)
      expect(flight.read(NEGOTIATION.subarray(0, cut))).to.have.lengthOf(0)
      expect(flight.isOver).to.be.false()
      expect(flight.read(Uint8Array.of(...NEGOTIATION.subarray(cut), 1, 2))).to.equalBytes(Uint8Array.of(1, 2))
      expect(flight.isOver).to.be.true()
    }
  })

  it('takes no other answer', () => {
    const flight = new FirstFlight(PROTOCOL)

    expect(() => flight.read(NOT_AVAILABLE)).to.throw().with.property('name', 'UnsupportedProtocolError')
  })

  it('is remembered for the last protocols only', () => {
    const accepted = new AcceptedProtocols()

    for (let i = 0; i < 65; i++) {
      accepted.add(`/p/${i}`)
    }

    expect(accepted.has('/p/0')).to.be.false()
    expect(accepted.has('/p/1')).to.be.true()
    expect(accepted.has('/p/64')).to.be.true()

    // too long for a length of one byte
    accepted.add('/'.repeat(127))
    expect(accepted.has('/'.repeat(127))).to.be.false()
  })
})

describe('the first flight of a protocol that the remote has accepted before', () => {
  let pair: Muxers
  let stream: Stream
  let remote: Stream

  /**
   * A stream whose negotiation is answered with these messages
   */
  async function negotiate (...answers: Uint8Array[]): Promise<void> {
    pair = muxers()
    const accepted = nextStream(pair.listener)
    const first = await pair.dialer.createStream({ protocol: PROTOCOL })
    expect(first.protocol).to.equal('')
    first.protocol = PROTOCOL
    const ended = pEvent(first, 'close')
    const remote = await accepted
    answers.forEach(answer => { remote.send(answer) })
    await Promise.all([first.close(), remote.close(), ended])
  }

  beforeEach(async () => {
    await negotiate(NEGOTIATION.subarray(0, 20), NEGOTIATION.subarray(20))

    const next = nextStream(pair.listener)
    stream = await pair.dialer.createStream({ protocol: PROTOCOL })
    expect(stream.protocol).to.equal(PROTOCOL)
    remote = await next
  })

  function lastFrame (): Uint8Array | undefined {
    let last: Uint8Array | undefined
    new FrameDecoder().push(pair.peers[0].log.at(-1) ?? new Uint8Array(), ({ message }) => { last = message })

    return last
  }

  async function read (stream: Stream): Promise<Uint8Array> {
    const received = new Uint8ArrayList()

    for await (const data of stream) {
      received.append(data)
    }

    return received.subarray()
  }

  it('is not for a remote that answers header and protocol in one message, which takes nothing behind them (litep2p)', async () => {
    await negotiate(NEGOTIATION)

    expect((await pair.dialer.createStream({ protocol: PROTOCOL })).protocol).to.equal('')
  })

  it('is not for a remote that has not answered', async () => {
    await negotiate()

    expect((await pair.dialer.createStream({ protocol: PROTOCOL })).protocol).to.equal('')
  })

  it('goes in one message with the first data', async () => {
    stream.send(Uint8Array.of(1, 2, 3))
    await turn()

    expect(lastFrame()).to.equalBytes(Uint8Array.of(...NEGOTIATION, 1, 2, 3))
  })

  it('goes by itself where nothing is sent at once', async () => {
    await turn()
    await turn()

    expect(lastFrame()).to.equalBytes(NEGOTIATION)
  })

  it('goes before the end of a stream that sends nothing', async () => {
    const received = read(remote)
    await stream.close()

    expect(await received).to.equalBytes(NEGOTIATION)
  })

  it('hands over what comes behind the answer', async () => {
    const received = read(stream)
    remote.send(Uint8Array.of(...NEGOTIATION, 1))
    remote.send(Uint8Array.of(2))
    await remote.close()

    expect(await received).to.equalBytes(Uint8Array.of(1, 2))
  })

  it('is answered before the remote learns that nobody reads', async () => {
    const received = read(remote)
    await stream.closeRead()
    stream.send(Uint8Array.of(7))
    const closed = stream.close()
    await turn()
    await turn()
    expect(remote.remoteReadStatus).to.equal('readable')

    remote.send(NEGOTIATION.subarray(0, 20))
    remote.send(NEGOTIATION.subarray(20))

    while (remote.remoteReadStatus === 'readable') {
      await turn()
    }

    await closed
    expect(await received).to.equalBytes(Uint8Array.of(...NEGOTIATION, 7))
  })

  const REFUSALS: Array<[string, Uint8Array]> = [
    ['refuses it now', NOT_AVAILABLE],
    ['ends its side in the middle of the answer', NEGOTIATION.subarray(0, 22)],
    ['ends its side without an answer', new Uint8Array()]
  ]

  REFUSALS.forEach(([what, answer]) => {
    it(`resets the stream with the error of a negotiation where the remote ${what}, and negotiates the next one`, async () => {
      const ended = pEvent<'close', { error?: Error }>(stream, 'close')
      remote.send(answer)
      remote.close().catch(() => {})

      expect((await ended).error).to.have.property('name', 'UnsupportedProtocolError')
      expect((await pair.dialer.createStream({ protocol: PROTOCOL })).protocol).to.equal('')
    })
  })
})

describe('the first flight of a protocol that identify has told of', () => {
  /**
   * A pair whose remote has answered a stream of another protocol
   */
  async function pairThatHas (...answers: Uint8Array[]): Promise<Muxers> {
    const pair = muxers({}, {}, { negotiates: true })
    const accepted = nextStream(pair.listener)
    const first = await pair.dialer.createStream({ protocol: '/other' })
    const remote = await accepted
    first.protocol = '/other'
    const ended = pEvent(first, 'close')
    answers.forEach(answer => { remote.send(answer) })
    await Promise.all([first.close(), remote.close(), ended])
    pair.dialer.remoteIs({ protocols: [PROTOCOL] })

    return pair
  }

  it('is there for the first stream', async () => {
    const pair = await pairThatHas(NEGOTIATION.subarray(0, 20), NEGOTIATION.subarray(20))

    expect((await pair.dialer.createStream({ protocol: PROTOCOL })).protocol).to.equal(PROTOCOL)
  })

  it('is not there for what it did not tell of, or tells of no more', async () => {
    const pair = await pairThatHas(NEGOTIATION.subarray(0, 20), NEGOTIATION.subarray(20))
    expect((await pair.dialer.createStream({ protocol: '/another' })).protocol).to.equal('')

    pair.dialer.remoteIs({ protocols: ['/another'] })
    expect((await pair.dialer.createStream({ protocol: PROTOCOL })).protocol).to.equal('')
    expect((await pair.dialer.createStream({ protocol: '/another' })).protocol).to.equal('/another')
  })

  it('is not for a remote that answers header and protocol in one frame', async () => {
    const pair = await pairThatHas(NEGOTIATION)

    expect((await pair.dialer.createStream({ protocol: PROTOCOL })).protocol).to.equal('')
  })
})
