import { setImmediate as aTurn } from 'node:timers/promises'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { ChannelLimitError, FramingError } from '../../src/errors.ts'
import { openPeers } from '../../src/native/sweep.ts'
import { MAX_BUFFERED_AMOUNT, nativePair, startPair } from '../support/native-pair.ts'
import type { Channel, ChannelHandler, Peer } from '../../src/ports.ts'
import type { PeerConnection } from 'node-datachannel'

const log = defaultLogger().forComponent('test')

/**
 * What is sent without waiting, beginning with these numbers: small messages,
 * then one as long as what may wait in a channel
 */
const SMALL = [1, 2, 3, 4]
const LAST = 5

function handler (events: Partial<ChannelHandler> = {}): ChannelHandler {
  return { onMessage () {}, onViolation () {}, onDrain () {}, onClosed () {}, ...events }
}

/**
 * What the two ends of a channel do, in order
 */
interface Exchange {
  events: string[]
  opener: Channel
  drained: Promise<void>
  all: Promise<void>
}

describe('the native adapter', () => {
  let ends: [Peer, Peer]

  beforeEach(async () => {
    ends = await nativePair(log)
  })

  afterEach(async () => {
    await Promise.all(ends.map(async end => end.close()))
    expect(openPeers()).to.equal(0)
  })

  /**
   * One end opens a channel and sends messages without waiting, the other
   * answers the first one, or none
   */
  function send (answers: boolean): Exchange {
    const [a, b] = ends
    const events: string[] = []
    const all = Promise.withResolvers<void>()
    const drained = Promise.withResolvers<void>()

    b.attach({
      onClosed () {},
      onChannel (channel) {
        channel.attach(handler({
          onMessage ([n]) {
            events.push(`received ${n}`)

            if (n === 1 && answers) {
              events.push('answered')
              channel.send(Uint8Array.of(0))
            }

            if (n === LAST) {
              all.resolve()
            }
          }
        }))
      }
    })

    const opener = a.openChannel()
    opener.attach(handler({
      onMessage () { events.push('heard') },
      onDrain: () => { drained.resolve() }
    }))

    for (const n of SMALL) {
      // a negotiation does not have to wait
      expect(opener.send(Uint8Array.of(n))).to.be.true()
    }

    const last = new Uint8Array(MAX_BUFFERED_AMOUNT)
    last[0] = LAST
    expect(opener.send(last)).to.be.false()

    return { events, opener, drained: drained.promise, all: all.promise }
  }

  /**
   * One end opens channels in a burst, the other is to see them in that order
   */
  async function expectOrder (bytes: number): Promise<void> {
    const [a, b] = ends
    const count = 20
    const seen: number[] = []
    const opened: number[] = []
    const all = Promise.withResolvers<void>()

    b.attach({
      onClosed () {},
      onChannel: (channel) => {
        channel.attach(handler())

        if (seen.push(channel.id) === count) {
          all.resolve()
        }
      }
    })

    while (opened.length < count) {
      const channel = a.openChannel()
      channel.attach(handler())
      opened.push(channel.id)

      if (bytes > 0) {
        channel.send(new Uint8Array(bytes))
      }

      // to the threads of the stack
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }

    await all.promise

    expect(seen).to.deep.equal(opened)
  }

  it('sends one message on a channel that it opened until the other end is heard', async () => {
    const { events, opener, drained, all } = send(true)
    await Promise.all([drained, all])

    expect(events).to.deep.equal(['received 1', 'answered', 'heard', 'received 2', 'received 3', 'received 4', 'received 5'])
    expect(opener.send(Uint8Array.of(6))).to.be.true()
  })

  // nothing yet, a negotiation, and one with what comes after it
  for (const bytes of [0, 20, 60]) {
    it(`tells of channels in the order in which the remote opened them, ${bytes} bytes on each`, async () => {
      await expectOrder(bytes)
    })
  }

  it('does not let the stack take the id of a channel that the remote has closed in this moment', async () => {
    const [a, b] = ends
    const accepted = Promise.withResolvers<Channel>()
    const answered = Promise.withResolvers<void>()

    b.attach({
      onClosed () {},
      onChannel: (channel) => {
        channel.attach(handler({ onMessage: () => { accepted.resolve(channel) } }))
      }
    })

    const opener = a.openChannel()
    opener.attach(handler({ onMessage: () => { answered.resolve() } }))
    opener.send(Uint8Array.of(1))

    const remote = await accepted.promise
    remote.send(Uint8Array.of(1))
    await answered.promise
    remote.close()

    // the stack hears of it while this blocks; the adapter finds out later
    const ids = new Set([opener.id])
    const open = (): number | Error => {
      try {
        return a.openChannel().id
      } catch (err: any) {
        return err
      }
    }
    let next = open()

    while (typeof next === 'number') {
      expect(ids.has(next), `the id ${next} is taken twice`).to.be.false()
      ids.add(next)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      next = open()
    }

    expect(next).to.be.an.instanceOf(ChannelLimitError)
    expect(next.message).to.include('has just closed')
  })

  /**
   * Another implementation opens a channel and sends these messages without
   * waiting; tells what has arrived when all has, or when there was an error
   */
  async function receive (messages: Uint8Array[]): Promise<{ received: string[], error?: Error }> {
    const [a, b] = ends
    const received: string[] = []
    const done = Promise.withResolvers<{ received: string[], error?: Error }>()

    b.attach({
      onClosed () {},
      onChannel (channel) {
        channel.attach(handler({
          onMessage (message) {
            if (received.push(Buffer.from(message).toString('hex')) === messages.length) {
              done.resolve({ received })
            }
          },
          onViolation (error) {
            // what else has come follows at once
            setImmediate(() => { done.resolve({ received, error }) })
          }
        }))
      }
    })

    const native: PeerConnection = (a as any).native
    const channel = native.createDataChannel('')

    for (const message of messages) {
      channel.sendMessageBinary(message)
    }

    const result = await done.promise

    // frees it
    channel.onClosed(() => {})
    channel.close()

    return result
  }

  // prefixes and bodies of frames with one byte, with two, and with a flag
  const P1 = [3]
  const B1 = [0x12, 1, 0]
  const P2 = [4]
  const B2 = [0x12, 2, 0, 0]
  const PF = [2]
  const FIN = [0x08, 0]

  it('puts the first messages in order that overtook each other', async () => {
    const came = [B1, P2, P1, PF, FIN, B2].map(bytes => Uint8Array.from(bytes))
    const { received, error } = await receive(came)

    expect(error).to.equal(undefined)
    expect(received).to.deep.equal([P1, B1, P2, B2, PF, FIN].map(bytes => Buffer.from(bytes).toString('hex')))
  })

  it('passes nothing on once the order is not known', async () => {
    const came = [P1, B1, P2, P2, B2, B2, PF, FIN].map(bytes => Uint8Array.from(bytes))
    const inOrder = [P1, B1, P2, B2, P2, B2, PF, FIN].map(bytes => Buffer.from(bytes).toString('hex'))
    let result = await receive(came)

    while (`${result.received}` === `${inOrder}`) {
      // the stack itself has let one overtake another, into the right order
      result = await receive(came)
    }

    const { received, error } = result
    expect(error).to.be.an.instanceOf(FramingError)
    expect(received).to.deep.equal([P1, B1].map(bytes => Buffer.from(bytes).toString('hex')))
  })

  it('counts the bytes that wait in a channel, that the stack has taken and that have arrived', async () => {
    const [a, b] = ends
    const before = { sent: a.bytesSent(), received: b.bytesReceived() }
    const { opener, all } = send(true)
    const bytes = SMALL.length + MAX_BUFFERED_AMOUNT

    // all but the first message are held
    expect(opener.bufferedAmount()).to.equal(bytes - 1)
    expect(a.bytesSent()).to.equal(before.sent + 1)
    await all

    expect(opener.bufferedAmount()).to.equal(0)
    expect(a.bytesSent()).to.equal(before.sent + bytes)
    expect(b.bytesReceived()).to.equal(before.received + bytes)

    await Promise.all([a.close(), b.close()])

    expect(opener.bufferedAmount()).to.equal(0)
    expect(a.bytesSent()).to.equal(before.sent + bytes)
    expect(b.bytesReceived()).to.equal(before.received + bytes)
  })

  it('counts what is more than the stack takes as waiting', async () => {
    const [a, b] = ends
    const message = new Uint8Array(16_384)
    const arrived = Promise.withResolvers<number>()
    let bytes = 0

    b.attach({
      onClosed () {},
      onChannel: (channel) => {
        channel.attach(handler({
          onMessage: ({ byteLength }) => {
            bytes += byteLength
            arrived.resolve(bytes)
          }
        }))
        channel.send(Uint8Array.of(0))
      }
    })

    const heard = Promise.withResolvers<void>()
    const drained = Promise.withResolvers<void>()
    const opener = a.openChannel()
    opener.attach(handler({ onMessage: () => { heard.resolve() }, onDrain: () => { drained.resolve() } }))
    opener.send(Uint8Array.of(1))
    await heard.promise

    while (opener.send(message)) {
      expect(opener.bufferedAmount()).to.be.lessThan(MAX_BUFFERED_AMOUNT)
    }

    expect(opener.bufferedAmount()).to.be.at.least(MAX_BUFFERED_AMOUNT)
    await drained.promise
    expect(opener.bufferedAmount()).to.equal(0)
  })

  /**
   * Messages go there and back until it is done
   */
  async function exchangeUntil (isDone: () => boolean, channel = ends[0].openChannel()): Promise<void> {
    const [, b] = ends
    const done = Promise.withResolvers<void>()

    b.attach({
      onClosed () {},
      onChannel: (channel) => { channel.attach(handler({ onMessage: message => { channel.send(message) } })) }
    })

    channel.attach(handler({
      onMessage: (message) => {
        if (isDone()) {
          done.resolve()
        } else {
          channel.send(message)
        }
      }
    }))
    channel.send(new Uint8Array(1_000))

    await done.promise
  }

  it('has empty frames on the handshake channel while it sends, where they are allowed', async () => {
    const [a, b] = ends
    const frames: number[][] = [[], []]
    ends.forEach((end, i) => { end.handshakeChannel.attach(handler({ onMessage: message => { frames[i].push(...message) } })) })

    b.allowEmptyFrames?.()
    await exchangeUntil(() => frames[0].length === 3)
    expect(frames).to.deep.equal([[0, 0, 0], []])

    a.allowEmptyFrames?.()
    await exchangeUntil(() => frames[1].length === 3)
    expect(frames[1]).to.deep.equal([0, 0, 0])
  })

  it('is nudged with an empty frame, which does not count', async () => {
    const [a, b] = ends
    const nudged = Promise.withResolvers<number[]>()
    b.handshakeChannel.attach(handler({ onMessage: message => { nudged.resolve([...message]) } }))
    const sent = a.bytesSent()
    a.nudge()

    expect(await nudged.promise).to.deep.equal([0])
    expect(a.bytesSent()).to.equal(sent)
  })

  it('is nudged on another channel, as long as that is open', async () => {
    const [a, b] = ends
    const nudged = Promise.withResolvers<number[]>()
    b.attach({
      onChannel: channel => { channel.attach(handler({ onMessage: message => { nudged.resolve([...message]) } })) },
      onClosed: () => {}
    })
    const channel = a.openChannel()
    const sent = a.bytesSent()
    a.nudge(channel)

    expect(await nudged.promise).to.deep.equal([0])
    expect(a.bytesSent()).to.equal(sent)

    channel.close()
    a.nudge(channel)
  })

  it('does without them where the remote has closed that channel', async () => {
    const [a, b] = ends
    let isClosed = false
    a.handshakeChannel.attach(handler({ onClosed: () => { isClosed = true } }))
    a.allowEmptyFrames?.()

    // there is none to be had in the moment in which another one was closed
    const channel = a.openChannel()
    b.handshakeChannel.close()

    await exchangeUntil(() => isClosed, channel)
    const sent = a.bytesSent()
    await exchangeUntil(() => a.bytesSent() - sent > 1_000_000)
    expect(a.bytesSent() % 1_000).to.equal(sent % 1_000)
  })

  it('sends the others after a while where the other end is not heard', async () => {
    const { events, drained, all } = send(false)
    await Promise.all([drained, all])

    expect(events).to.deep.equal(['received 1', 'received 2', 'received 3', 'received 4', 'received 5'])
  })
})

describe('a native connection that begins', () => {
  it('is not taken for secured by another certificate than the expected one', async () => {
    const phases = new Set<string>()

    // the stack knows the certificate for a moment before it refuses it
    for (let i = 0; i < 20; i++) {
      const { dialer, listener, close } = await startPair({ log, fingerprint: new Uint8Array(32) })
      const over = new AbortController()
      const outcome = dialer.connected(AbortSignal.timeout(10_000)).then(() => 'connected', err => err.message).finally(() => { over.abort() })

      while (!over.signal.aborted) {
        phases.add(dialer.phase())
        await aTurn()
      }

      expect(await outcome).to.equal('The connection could not be made')
      expect(dialer.phase()).to.equal('dtls')
      await Promise.all([dialer.close(), (await listener).close()])
      close()
    }

    expect([...phases]).to.deep.equal(['ice', 'dtls'])
  })
})
