import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { getStats } from '../../src/index.ts'
import { parseDialTarget } from '../../src/wire/address.ts'
import { deadPort } from '../support/loopback-nodes.ts'
import { listenerOfEachTest } from './listener.ts'
import { chromiumOfSuite } from './pages.ts'
import type { TestPage } from './pages.ts'
import type { ToldEvent } from '../../interop/browser/own-commands.ts'
import type { ConnectionStats } from '../../src/index.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What js-libp2p reads, in bytes
 */
const MAX_MESSAGE_SIZE = 16 * 1_024

async function statsOf (page: TestPage, peer: string): Promise<ConnectionStats> {
  return (await page.ask('stats', { peer })).stats as ConnectionStats
}

/**
 * Once identify has told the page what the remote reads, and has nothing more to send
 */
async function statsOfIdentified (page: TestPage, peer: string): Promise<ConnectionStats> {
  const stats = await statsOf(page, peer)

  return stats.maxMessageSize === MAX_MESSAGE_SIZE && stats.bufferedBytes === 0 ? stats : statsOfIdentified(page, peer)
}

describe('the stats of a connection of a page', () => {
  const chromium = chromiumOfSuite()
  const listener = listenerOfEachTest()

  for (const version of [1, 2] as const) {
    it(`are those that the listener has of its end, with version ${version}`, async () => {
      const { address, peer, node } = listener.current
      const page = await chromium.open({ dialerVersion: version })
      const identified = pEvent(node, 'peer:identify')
      await page.dial(address)
      await page.ask('exchange', { peer, protocol: 'echo', bytes: 100_000 })
      await identified
      const here = await statsOfIdentified(page, peer)
      const there = await getStats(node.getConnections()[0])
      const { host, port } = parseDialTarget(node.getMultiaddrs()[0] as Multiaddr)

      expect(here.version).to.equal(version)
      expect(there.version).to.equal(version)
      expect(here.remoteAddress).to.deep.equal({ host, port })
      expect(here.localAddress).to.be.undefined()
      expect(here.roundTripTime).to.be.within(0, 1_000)
      expect(here.localFingerprint).to.equal(there.remoteFingerprint)
      expect(here.remoteFingerprint).to.equal(there.localFingerprint)
      expect(here.bytesSent).to.be.within(100_000, 110_000)
      expect(here.bytesReceived).to.be.within(100_000, 110_000)
      expect(here.maxMessageSize).to.equal(MAX_MESSAGE_SIZE)
      expect(there.maxMessageSize).to.equal(MAX_MESSAGE_SIZE)
      expect(here.bufferedBytes).to.equal(0)
      expect(here.unreadBytes).to.equal(0)
    })
  }
})

describe('the progress of a dial of a page', () => {
  const chromium = chromiumOfSuite()
  const listener = listenerOfEachTest()

  async function watch (page: TestPage, address: string): Promise<string[]> {
    const { events } = await page.ask('watch-dial', { address })

    return (events as ToldEvent[]).map(({ type, host, version, phase }) => [type.replace('webrtc-direct:', ''), host, version, phase].filter(part => part != null).join(' '))
  }

  for (const version of [1, 2] as const) {
    it(`names each phase once and in order, with version ${version}`, async () => {
      const page = await chromium.open({ dialerVersion: version })

      expect(await watch(page, listener.current.address)).to.deep.equal([
        'dial', ...['ice', 'dtls', 'sctp', 'noise', 'upgrade', 'connected'].map(phase => `${phase} 127.0.0.1 ${version}`)
      ])
    })
  }

  it('ends with the phase in which it has failed', async () => {
    const dead = await deadPort()
    const page = await chromium.open({ dialerVersion: 2 })
    const lines = await watch(page, listener.current.address.replace(/udp\/\d+/, `udp/${dead.port}`))
    dead.close()

    expect(lines).to.deep.equal(['dial', 'ice 127.0.0.1 2', 'attempt-failed 127.0.0.1 2 ice', 'failed ice'])
  })
})

describe('the progress of a dial of a page whose browser refuses version 1', () => {
  const chromium = chromiumOfSuite({ trial: 'NoSdpMangleUfrag' })
  const listener = listenerOfEachTest()

  it('says that version 2 is spoken', async () => {
    const page = await chromium.open()
    const { events } = await page.ask('watch-dial', { address: listener.current.address })
    const versions = (events as ToldEvent[]).flatMap(({ version }) => version ?? [])

    expect(versions.slice(1)).to.deep.equal([2, 2, 2, 2, 2])
  })
})
