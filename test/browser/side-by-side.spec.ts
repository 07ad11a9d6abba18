import { expect } from 'aegir/chai'
import { listenerOfEachTest } from './listener.ts'
import { chromiumOfSuite } from './pages.ts'

describe('a page with this transport and one with @libp2p/webrtc', function () {
  this.timeout(120_000)

  const chromium = chromiumOfSuite()
  const listener = listenerOfEachTest()

  it('use one listener at the same time, and lose nothing', async () => {
    const { address, peer } = listener.current
    const pages = await Promise.all(['ours', 'js-libp2p'].map(async implementation => chromium.open({ implementation: implementation as 'ours' | 'js-libp2p' })))

    await Promise.all(pages.map(async page => {
      await page.dial(address)

      const [long, many] = await Promise.all([
        page.ask('exchange', { peer, protocol: 'both', bytes: 16 * 1024 * 1024 }),
        page.ask('exchange', { peer, protocol: 'echo', bytes: 100, count: 1_000, parallel: 32 })
      ])

      expect(long.succeeded).to.equal(1)
      expect(many.succeeded).to.equal(1_000)
    }))

    expect(listener.current.streams.filter(({ ok }) => !ok)).to.deep.equal([])
    expect(listener.current.node.getConnections()).to.have.lengthOf(2)
  })
})
