import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { startRelay } from '../../chaos/relay/relay.ts'
import { ConnectionLostError } from '../../src/errors.ts'
import { openPeers } from '../../src/native/sweep.ts'
import { parseEndpoint } from '../../src/wire/address.ts'
import { createListener, createNode, echo, stopNodes } from '../support/loopback-nodes.ts'
import { nativePair } from '../support/native-pair.ts'
import { openPath } from '../support/path.ts'
import type { Channel, ChannelHandler, Peer } from '../../src/ports.ts'
import type { Path } from '../support/path.ts'
import type { Connection, StreamCloseEvent } from '@libp2p/interface'

const log = defaultLogger().forComponent('test')
const MESSAGE = new Uint8Array(16_384)

// in which the stack notices at the latest: ICE takes consent for lost after 30 s
const MAX_TIME = 31_000

// what is no pause of the network any more, and longer than something is looked at often
const QUIET = 4_000

interface Ending {
  error?: Error
  after: number
  channel?: { reason: string, error?: Error }
}

interface End {
  peer: Peer
  channel: Channel
  ending: Promise<Ending>
}

/**
 * Both ends of a connection with one channel on which both have been heard
 */
async function connect (via?: (port: number) => Promise<number>, onMessage: (channel: Channel) => void = () => {}): Promise<[dialer: End, listener: End]> {
  const [a, b] = await nativePair(log, via)
  const start = performance.now()

  function watch (peer: Peer, attach: (handler: ChannelHandler) => void, onFirst: () => void, onChannel: (channel: Channel) => void): Promise<Ending> {
    const ending = Promise.withResolvers<Ending>()
    let closed: Ending['channel']

    attach({
      onMessage () { onFirst() },
      onViolation (err) { ending.reject(err) },
      onDrain () {},
      onClosed (reason, error) { closed = { reason, error } }
    })
    peer.attach({
      onChannel,
      onClosed: (error) => { ending.resolve({ error, after: performance.now() - start, channel: closed }) }
    })

    return ending.promise
  }

  const opener = a.openChannel()
  const heard = Promise.withResolvers<void>()
  const accepted = Promise.withResolvers<End>()

  b.attach({
    onClosed () {},
    onChannel (channel) {
      accepted.resolve({ peer: b, channel, ending: watch(b, handler => { channel.attach(handler) }, () => { onMessage(channel) }, () => {}) })
      channel.send(MESSAGE)
    }
  })

  const ending = watch(a, handler => { opener.attach(handler) }, () => { heard.resolve() }, () => {})
  opener.send(MESSAGE)

  const listener = await accepted.promise
  await heard.promise

  return [{ peer: a, channel: opener, ending }, listener]
}

/**
 * Sends without a break until the channel takes no more
 */
function fill (channel: Channel): void {
  while (channel.send(MESSAGE)) {
    // until it is full
  }
}

async function quiet (time = QUIET): Promise<void> {
  await new Promise(resolve => { setTimeout(resolve, time) })
}

describe('a connection whose path is cut', function () {
  this.timeout(2 * MAX_TIME)

  interface Situation {
    path: Path
    ends: [dialer: End, listener: End]
    act (): void
    endings?: Ending[]
  }

  const situations: Record<string, Situation> = {}

  async function situation (name: string, act: (ends: [End, End]) => void, onMessage?: (channel: Channel) => void): Promise<void> {
    const opened = Promise.withResolvers<Path>()
    const ends = await connect(async port => {
      opened.resolve(await openPath(port))
      return (await opened.promise).port
    }, onMessage)

    situations[name] = { path: await opened.promise, ends, act: () => { act(ends) } }
  }

  before(async () => {
    await situation('rests', () => {})
    await situation('has one message on its way', ([{ channel }]) => { channel.send(MESSAGE) })
    await situation('uploads', ([{ channel }]) => { fill(channel) })
    await situation('downloads', ([, { channel }]) => { fill(channel) })
    await situation('sends both ways', ([a, b]) => { fill(a.channel); fill(b.channel) })
    await situation('closes a channel', ([{ peer }]) => { peer.openChannel().close() })

    // what shows after it that the remote is there was sent before
    await situation('gets answers', ([{ channel }]) => { fill(channel) }, channel => { channel.send(MESSAGE) })

    await Promise.all(Object.values(situations).map(async situation => {
      situation.act()
      setImmediate(() => { situation.path.cut() })
      situation.endings = await Promise.all(situation.ends.map(async end => end.ending))
    }))
  })

  after(async () => {
    await Promise.all(Object.values(situations).flatMap(({ ends }) => ends.map(async ({ peer }) => peer.close())))
    Object.values(situations).forEach(({ path }) => { path.close() })
    expect(openPeers()).to.equal(0)
  })

  for (const name of ['rests', 'has one message on its way', 'uploads', 'downloads', 'sends both ways', 'closes a channel', 'gets answers']) {
    it(`is lost for both ends while it ${name}`, () => {
      for (const { error, after, channel } of situations[name].endings ?? []) {
        expect(error).to.be.an.instanceOf(ConnectionLostError)
        expect(error).to.have.property('silence').that.is.within(1_000, MAX_TIME)
        expect(error?.message).to.match(/stopped answering.* \d+ s/)
        expect(channel).to.deep.equal({ reason: 'connection-lost', error })
        expect(after).to.be.lessThan(MAX_TIME)
      }
    })
  }
})

describe('a connection that the remote closes', function () {
  this.timeout(60_000)

  const pair: { ends: End[] } = { ends: [] }

  afterEach(async () => {
    await Promise.all(pair.ends.map(async ({ peer }) => peer.close()))
    expect(openPeers()).to.equal(0)
  })

  async function expectClosed (end: End): Promise<void> {
    const { error, channel } = await end.ending

    expect(error).to.equal(undefined)
    expect(channel).to.deep.equal({ reason: 'connection-lost', error: undefined })
  }

  const PAIRS = [['dialer', 'listener'], ['listener', 'dialer']]

  PAIRS.forEach(([closing, remaining]) => {
    it(`has no error when it rests and the ${closing} closes it`, async () => {
      const ends = pair.ends = await connect()
      const [first, second] = closing === 'dialer' ? ends : [...ends].reverse()

      await quiet()
      void first.peer.close()
      await expectClosed(second)
    })

    it(`has no error when nothing has come back to the ${remaining} for a while`, async () => {
      const ends = pair.ends = await connect()
      const [first, second] = closing === 'dialer' ? ends : [...ends].reverse()

      second.channel.send(MESSAGE)
      await quiet()
      void first.peer.close()
      await expectClosed(second)
    })

    it(`has no error when the ${remaining} is uploading`, async () => {
      const ends = pair.ends = await connect()
      const [first, second] = closing === 'dialer' ? ends : [...ends].reverse()

      fill(second.channel)
      void first.peer.close()
      await expectClosed(second)
    })
  })

  it('has no error when it is uploading on a slow path', async () => {
    const relay = Promise.withResolvers<Awaited<ReturnType<typeof startRelay>>>()

    try {
      const ends = pair.ends = await connect(async target => {
        relay.resolve(await startRelay({ target, rate: 62_500 }))
        return (await relay.promise).port
      })
      const [first, second] = ends

      fill(first.channel)
      await quiet()
      void second.peer.close()
      await expectClosed(first)
    } finally {
      await (await relay.promise).stop()
    }
  })

  it('has no error when it has been quiet before and a lot arrives with the end', async () => {
    const ends = pair.ends = await connect()
    const [first, second] = ends

    await quiet()
    second.channel.send(MESSAGE)
    void second.peer.close()
    await expectClosed(first)
  })
})

describe('a connection whose path is cut when a stream has just ended', function () {
  this.timeout(2 * MAX_TIME)

  afterEach(stopNodes)

  // in milliseconds after the end of the stream
  const times = [0, 0, 0, 10, 20, 50]

  it('is lost for both ends', async () => {
    const errors = await Promise.all(times.map(async time => {
      const [listener, dialer] = await Promise.all([createListener(), createNode()])
      const address = listener.getMultiaddrs()[0].toString()
      const path = await openPath(parseEndpoint(multiaddr(address)).port)
      const accepted = pEvent<'connection:open', CustomEvent<Connection>>(listener, 'connection:open')
      const connection = await dialer.dial(multiaddr(address.replace(/\/udp\/\d+/, `/udp/${path.port}`)))
      const ends = [connection, (await accepted).detail].map(async end => pEvent<'close', StreamCloseEvent>(end, 'close'))

      await echo(connection, new Uint8Array(100_000))
      await quiet(time)
      path.cut()

      const events = await Promise.all(ends)
      path.close()

      return events.map(({ error }) => error?.name)
    }))

    expect(errors.flat()).to.deep.equal(Array(2 * times.length).fill('ConnectionLostError'))
  })
})
