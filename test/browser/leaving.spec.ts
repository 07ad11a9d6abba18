import { expect } from 'aegir/chai'
import { BROWSERS } from '../../interop/browser/browsers.ts'
import { listenerOfEachTest } from './listener.ts'
import { chromiumOfSuite, TestPage } from './pages.ts'

/**
 * More than can be sent until the page is gone, in bytes
 */
const MORE_THAN_ENOUGH = 1024 * 1024 * 1024

/**
 * How long a listener may take for a dialer that says nothing any more, in ms
 */
const LOST_TIMEOUT = 45_000

/**
 * The same for one that says goodbye
 */
const CLOSED_TIMEOUT = 5_000

describe('a listener whose dialer is in a page', function () {
  this.timeout(90_000)

  const chromium = chromiumOfSuite()
  const listener = listenerOfEachTest()

  /**
   * Gets a page into the middle of a transfer, both ways
   */
  async function transfer (page: TestPage): Promise<TestPage> {
    const { address, peer } = listener.current
    await page.dial(address)

    // ends with an error, as the page does
    page.command('exchange', { peer, protocol: 'echo', bytes: MORE_THAN_ENOUGH }).catch(() => {})

    // comes back among the data
    await page.ask('ping', { peer, count: 1 })

    return page
  }

  it('frees everything when the page closes the connection in the middle of a transfer', async () => {
    const page = await transfer(await chromium.open())
    await page.ask('close', { peer: listener.current.peer })

    await listener.current.untilFree(CLOSED_TIMEOUT)
    expect(listener.current.streams.map(({ ok }) => ok)).to.deep.equal([false])
  })

  it('frees everything when the tab shows another page in the middle of a transfer', async () => {
    const page = await transfer(await chromium.open())
    await page.goElsewhere()

    await listener.current.untilFree(LOST_TIMEOUT)
    expect(listener.current.streams.map(({ ok }) => ok)).to.deep.equal([false])
  })

  it('frees everything when the page is closed in the middle of a transfer', async () => {
    const page = await transfer(await chromium.open())
    await page.close()

    await listener.current.untilFree(LOST_TIMEOUT)
    expect(listener.current.streams.map(({ ok }) => ok)).to.deep.equal([false])
  })

  it('frees everything when the browser is killed in the middle of a transfer', async () => {
    const browser = await BROWSERS.chromium({})

    const page = await TestPage.open(browser)

    try {
      await transfer(page)
      process.kill(-browser.pid, 'SIGKILL')

      await listener.current.untilFree(LOST_TIMEOUT)
      expect(listener.current.streams.map(({ ok }) => ok)).to.deep.equal([false])
    } finally {
      await page.close()
      await browser.close()
    }
  })

  it('serves a page that comes back', async () => {
    const { address, peer } = listener.current
    const first = await transfer(await chromium.open())
    await first.close()

    const second = await chromium.open()
    await second.dial(address)
    await second.ask('exchange', { peer, protocol: 'echo', bytes: 100_000 })
    await second.ask('close', { peer })
    await listener.current.untilFree(LOST_TIMEOUT)
  })
})
