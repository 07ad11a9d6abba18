import { expect } from 'aegir/chai'
import { listenerOfEachTest } from './listener.ts'
import { chromiumOfSuite } from './pages.ts'

/**
 * Chromium lets a page have 500 peer connections, and counts those that are closed
 * until they are collected
 */
const CONNECTIONS = 600

describe('a page with many connections', function () {
  this.timeout(300_000)

  const chromium = chromiumOfSuite()
  const listener = listenerOfEachTest()

  it(`opens and closes ${CONNECTIONS}, one after another`, async () => {
    const { address, peer, node } = listener.current
    const page = await chromium.open()
    let opened = 0

    node.addEventListener('connection:open', () => { opened++ })

    for (let dialed = 0; dialed < CONNECTIONS; dialed++) {
      await page.dial(address)
      await page.ask('close', { peer })
    }

    await listener.current.untilFree(5_000)
    expect(opened).to.equal(CONNECTIONS)
    expect(await page.ask('status')).to.deep.include({ connections: 0, resources: { peerConnections: 0 } })
  })
})
