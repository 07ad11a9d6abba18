import { UnsupportedProtocolError } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import { expect } from 'aegir/chai'
import { keepPinging } from '../../examples/browser/pinger.ts'
import { sendBack } from '../../src/cli/send-back.ts'
import { streamPair } from '../support/stream-ends.ts'
import type { Ping } from '../../examples/browser/ping-window.ts'
import type { Stream } from '@libp2p/interface'

interface Pings {
  pings: Ping[]
  errors: unknown[]
  protocols: string[]
}

/**
 * Pings until there are so many results
 */
async function ping (count: number, serve: (stream: Stream) => Promise<void>): Promise<Pings> {
  const enough = new AbortController()
  const result: Pings = { pings: [], errors: [], protocols: [] }

  await keepPinging({
    open: async (protocol) => {
      result.protocols.push(protocol)
      const [dialer, listener] = streamPair()
      void serve(listener.stream)

      return dialer.stream
    },
    onPing: (ping, error) => {
      result.pings.push(ping)
      result.errors.push(error)

      if (result.pings.length === count) {
        enough.abort()
      }
    },
    interval: 5,
    timeout: 20
  }, enough.signal)

  return result
}

describe('the pings of the page', () => {
  it('go through one stream, one after another', async () => {
    const { pings, protocols } = await ping(3, sendBack)

    expect(protocols).to.deep.equal([PING_PROTOCOL])
    expect(pings.map(({ rtt }) => typeof rtt)).to.deep.equal(['number', 'number', 'number'])
    expect(pings[2].time - pings[0].time).to.be.at.least(9)
  })

  it('are lost where nothing comes back, and go on with another stream', async () => {
    const { pings, errors, protocols } = await ping(2, async () => {})

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
