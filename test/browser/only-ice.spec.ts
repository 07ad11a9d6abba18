import { expect } from 'aegir/chai'
import { parseDialTarget } from '../../src/wire/address.ts'
import { isDtls, openPath } from '../support/path.ts'
import { Listener } from './listener.ts'
import { bundleOnce, TestPage } from './pages.ts'
import { Tabs } from './tabs.ts'
import type { TabbedBrowser } from './tabs.ts'

/**
 * In ms. A heartbeat is missed after 45 s, and up to two looks of 4.5 s: the browser tells
 * late of what it has received. The question takes 10 s, and a look. Timers of pages that
 * nobody sees are up to a second late each.
 */
const TIMEOUT = 80_000

/**
 * More than can be sent until then, in bytes
 */
const MORE_THAN_ENOUGH = 64 * 1024 * 1024 * 1024

const BROWSERS: TabbedBrowser[] = ['chromium', 'firefox']

/**
 * What is under way when the remote falls silent
 */
const SITUATIONS: Record<string, object | undefined> = {
  rests: undefined,
  uploads: { protocol: 'sink' },
  reads: { protocol: 'source' }
}

interface Outcome {
  /**
   * After which time the connection ended, in ms
   */
  after: number
  error?: string
}

/**
 * What becomes of a connection over which nothing but connectivity checks is answered
 */
async function fallSilent (tabs: Tabs, exchange?: object): Promise<Outcome> {
  const { address, peer, node } = await Listener.start()
  const { port } = parseDialTarget(node.getMultiaddrs()[0])
  const path = await openPath(port)
  const page = await TestPage.open(tabs)

  try {
    await page.dial(address.replace(`/udp/${port}/`, `/udp/${path.port}/`))
    const exchanged = exchange == null ? undefined : page.command('exchange', { ...exchange, peer, bytes: MORE_THAN_ENOUGH }, 2 * TIMEOUT / 1_000)
    await page.ask('ping', { peer, count: 1 })

    path.keepIce(datagram => !isDtls(datagram))
    const start = performance.now()
    await page.until('disconnected')
    const after = performance.now() - start

    return { after, error: Object.keys((await exchanged)?.errors ?? {})[0] }
  } finally {
    await page.close()
    await node.stop()
    path.close()
  }
}

/**
 * How many streams a page opens that rests, with a remote that answers, until something
 * else is over
 */
async function rest (tabs: Tabs, until: Promise<unknown>): Promise<number> {
  const { address, peer, node } = await Listener.start()
  const page = await TestPage.open(tabs)
  let streams = 0

  try {
    await page.dial(address)
    await page.ask('ping', { peer, count: 1 })
    await page.until('identified')
    const [connection]: any[] = node.getConnections()
    connection.muxer.addEventListener('stream', () => { streams++ })
    await until

    return streams
  } finally {
    await page.close()
    await node.stop()
  }
}

interface Outcomes {
  silent: Record<string, Outcome>

  /**
   * How many streams a page has opened meanwhile whose remote answers
   */
  questions: number
}

async function play (name: TabbedBrowser): Promise<Outcomes> {
  const tabs = await Tabs.launch(name)

  try {
    const silent = Promise.all(Object.entries(SITUATIONS).map(async ([what, exchange]) => [what, await fallSilent(tabs, exchange)]))
    const questions = await rest(tabs, silent)

    return { silent: Object.fromEntries(await silent), questions }
  } finally {
    await tabs.close()
  }
}

describe('a page whose remote answers connectivity checks only', function () {
  this.timeout(2 * TIMEOUT)

  const outcomes = new Map<TabbedBrowser, Outcomes>()

  before(async () => {
    await bundleOnce()
    await Promise.all(BROWSERS.map(async name => { outcomes.set(name, await play(name)) }))
  })

  for (const name of BROWSERS) {
    for (const [what, exchange] of Object.entries(SITUATIONS)) {
      it(`loses the connection in time where it ${what}, in ${name}`, () => {
        const { after, error } = outcomes.get(name)?.silent[what] ?? {}
        expect(after).to.be.below(TIMEOUT)

        if (exchange != null) {
          // the end of a stream may be unacknowledged
          expect(error).to.match(/^(ConnectionLost|FinAckTimeout)Error: /)
        }
      })
    }

    it(`asks nothing where the remote answers heartbeats, in ${name}`, () => {
      expect(outcomes.get(name)?.questions).to.equal(0)
    })
  }
})
