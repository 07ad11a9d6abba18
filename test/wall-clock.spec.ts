import { mock } from 'node:test'
import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { resolveOptions } from '../src/options.ts'
import { ChannelOpener } from '../src/streams/channel-opener.ts'
import { FakeClock } from './support/fake-clock.ts'
import { createListener, createNode, echo, ECHO, stopNodes } from './support/loopback-nodes.ts'
import { memoryPair } from './support/memory-peer.ts'
import { muxers, nextStream } from './support/muxers.ts'
import type { Channel } from '../src/ports.ts'

const HOUR = 3_600_000

describe('where the date of the machine is set', () => {
  afterEach(() => {
    mock.restoreAll()
  })

  function setDate (by: number): void {
    const now = Date.now.bind(Date)
    mock.method(Date, 'now', () => now() + by)
  }

  for (const [what, by] of [['back', -HOUR], ['forward', HOUR]] as const) {
    describe(`${what} by an hour`, () => {
      it('a connection lingers no longer than what is in flight needs', async () => {
        const { dialer, listener } = muxers()
        const accepted = nextStream(listener)
        const stream = await dialer.createStream()
        const ended = pEvent(stream, 'close')
        await Promise.all([stream.close(), (await accepted).close(), ended])

        setDate(by)
        expect(dialer.linger()).to.be.within(0, 50)
      })

      it('a connection closes in time', async () => {
        const listener = await createListener()
        const dialer = await createNode()
        const connection = await dialer.dial(listener.getMultiaddrs()[0])
        await echo(connection, Uint8Array.of(1))

        setDate(by)
        await connection.close()
        expect(connection.status).to.equal('closed')
        await stopNodes()
      })

      it('a stream goes on that has something to say now and then', async () => {
        const listener = await createListener()
        const dialer = await createNode({ transport: { streamOptions: { inactivityTimeout: 10_000 } } })
        const connection = await dialer.dial(listener.getMultiaddrs()[0])
        const stream = await connection.newStream(ECHO)
        const answers = stream[Symbol.asyncIterator]()

        for (const byte of [1, 2]) {
          stream.send(Uint8Array.of(byte))
          expect((await answers.next()).value.subarray()).to.equalBytes(Uint8Array.of(byte))
          setDate(by)
        }

        await stream.close()
        await stopNodes()
      })

      it('an id in quarantine is free again a second later', () => {
        const clock = new FakeClock(0)
        const [peer] = memoryPair({ maxChannelId: 4 })
        const opener = new ChannelOpener({
          peer,
          clock,
          acceptsMany: () => true,
          streamOpenTimeout: resolveOptions().streams.streamOpenTimeout
        })
        const channel = opener.tryOpen() as Channel
        expect(opener.tryOpen()).to.be.undefined()
        channel.close()
        peer.channels.delete(channel.id)
        opener.ids.closedByRemote(channel.id, clock.now())

        setDate(by)
        clock.setDate(by)
        clock.pass(999)
        expect(opener.tryOpen()).to.be.undefined()
        clock.pass(1)
        expect(opener.tryOpen()?.id).to.equal(channel.id)
      })
    })
  }
})
