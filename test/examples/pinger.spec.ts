import { UnsupportedProtocolError } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import { expect } from 'aegir/chai'
import { keepPinging } from '../../examples/browser/pinger.ts'
import { sendBack } from '../../src/cli/send-back.ts'
import { soon } from '../../src/clock.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { streamPair } from '../support/stream-ends.ts'
import type { Ping } from '../../examples/browser/ping-window.ts'
import type { Stream } from '@libp2p/interface'

const INTERVAL = 250
const TIMEOUT = 5_000

interface Pings {
  pings: Ping[]
  errors: unknown[]
  protocols: string[]
}

/**
 * Pings until there are so many results
 */
async function ping (count: number, serve: (stream: Stream, clock: FakeClock) => Promise<void>): Promise<Pings> {
  const clock = new FakeClock(0)
  const enough = new AbortController()
  const result: Pings = { pings: [], errors: [], protocols: [] }

  await keepPinging({
    open: async (protocol) => {
      result.protocols.push(protocol)
      const [dialer, listener] = streamPair()
      void serve(listener.stream, clock)

      return dialer.stream
    },
    onPing: (ping, error) => {
      result.pings.push(ping)
      result.errors.push(error)

      if (result.pings.length === count) {
        enough.abort()
      } else {
        soon(() => { clock.pass(INTERVAL) })
      }
    },
    interval: INTERVAL,
    timeout: TIMEOUT,
    clock
  }, enough.signal)

  return result
}

describe('the pings of the page', () => {
  it('go through one stream, one after another', async () => {
    const { pings, protocols } = await ping(3, sendBack)

    expect(protocols).to.deep.equal([PING_PROTOCOL])
    expect(pings.map(({ rtt }) => typeof rtt)).to.deep.equal(['number', 'number', 'number'])
    expect(pings.map(({ time }) => time)).to.deep.equal([0, INTERVAL, 2 * INTERVAL])
  })

  it('are lost where nothing comes back, and go on with another stream', async () => {
    const { pings, errors, protocols } = await ping(2, async (stream, clock) => { soon(() => { clock.pass(TIMEOUT) }) })

    expect(pings.map(({ rtt }) => rtt)).to.deep.equal([undefined, undefined])
    expect(errors.every(err => err instanceof Error)).to.equal(true)
    expect(protocols).to.have.lengthOf(2)
  })

  it('end where the peer does not serve them', async () => {
    await expect(keepPinging({
      open: async () => { throw new UnsupportedProtocolError('no') },
      onPing: () => { throw new Error('a ping was counted') }
    }, new AbortController().signal)).to.eventually.be.rejectedWith(UnsupportedProtocolError)
  })

  it('end at once when they are paused', async () => {
    const paused = new AbortController()
    const pinging = keepPinging({
      open: async () => {
        const [dialer, listener] = streamPair()
        void sendBack(listener.stream)

        return dialer.stream
      },
      onPing: () => { paused.abort() },
      interval: 1_000_000
    }, paused.signal)

    await expect(pinging).to.eventually.equal(undefined)
  })
})
