import { expect } from 'aegir/chai'
import { startRelay } from '../../chaos/relay/relay.ts'
import { parseDialTarget } from '../../src/wire/address.ts'
import { listenerOfEachTest } from './listener.ts'
import { bundleOnce, TestPage } from './pages.ts'
import { Tabs } from './tabs.ts'
import type { TabbedBrowser } from './tabs.ts'

/**
 * In ms: Firefox has a channel open when a round trip is over
 */
const ROUND_TRIPS = [150, 250, 400, 900]

for (const name of ['chromium', 'firefox'] as TabbedBrowser[]) {
  describe(`a page in ${name} that is far away`, function () {
    this.timeout(60_000)

    const listener = listenerOfEachTest()
    let tabs: Tabs

    before(async () => {
      await bundleOnce()
      tabs = await Tabs.launch(name)
    })

    after(async () => {
      await tabs.close()
    })

    ROUND_TRIPS.forEach(roundTrip => {
      it(`goes on with one connection where a round trip takes ${roundTrip} ms`, async () => {
        const { address, peer, node, streams } = listener.current
        const { port } = parseDialTarget(node.getMultiaddrs()[0])
        const relay = await startRelay({ target: port, delay: roundTrip / 2 })
        const page = await TestPage.open(tabs)

        try {
          await page.dial(address.replace(`/udp/${port}/`, `/udp/${relay.port}/`))
          const [connection] = node.getConnections()
          const { succeeded } = await page.ask('exchange', { peer, protocol: 'echo', bytes: 100, count: 8, parallel: 2 })

          expect(succeeded).to.equal(8)
          expect(streams.filter(({ ok }) => !ok)).to.deep.equal([])
          expect(node.getConnections()).to.deep.equal([connection])
          expect(connection.status).to.equal('open')
        } finally {
          await page.close()
          await relay.stop()
        }
      })
    })
  })
}
