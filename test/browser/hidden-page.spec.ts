import { expect } from 'aegir/chai'
import { listenerOfEachTest } from './listener.ts'
import { bundleOnce, TestPage } from './pages.ts'
import { Tabs } from './tabs.ts'
import type { TabbedBrowser } from './tabs.ts'

/**
 * Timers of a page that is not seen fire once a second
 */
const TIMER = 1_000

const STREAMS = 30
const SIZE = 4 * 1024 * 1024

for (const name of ['chromium', 'firefox'] as TabbedBrowser[]) {
  describe(`a page that nobody sees in ${name}`, function () {
    this.timeout(120_000)

    const listener = listenerOfEachTest()
    let tabs: Tabs
    let page: TestPage

    before(async () => {
      await bundleOnce()
      tabs = await Tabs.launch(name)
    })

    beforeEach(async () => {
      page = await TestPage.open(tabs)
      await page.dial(listener.current.address)
      await tabs.hideAll()
    })

    afterEach(async () => {
      await page.close()
    })

    after(async () => {
      await tabs.close()
    })

    it('waits for no timer where a stream is used', async () => {
      const { peer } = listener.current
      const { succeeded, ms } = await page.ask('exchange', { peer, protocol: 'echo', bytes: 100, count: STREAMS, parallel: 1 })

      expect(succeeded).to.equal(STREAMS)
      expect(ms).to.be.below(STREAMS * TIMER / 4)
    })

    it('waits for no timer where streams take turns', async () => {
      const { peer } = listener.current
      const { succeeded, ms } = await page.ask('exchange', { peer, protocol: 'both', bytes: SIZE, count: 2, parallel: 2 })

      expect(succeeded).to.equal(2)
      expect(ms).to.be.below(TIMER * SIZE / (64 * 1024) / 4)
    })

    it('dials', async () => {
      const other = await TestPage.open(tabs)

      try {
        await tabs.hideAll()
        await other.dial(listener.current.address)
      } finally {
        await other.close()
      }
    })
  })
}
