import { expect } from 'aegir/chai'
import { startRelay } from '../../chaos/relay/relay.ts'
import { parseDialTarget } from '../../src/wire/address.ts'
import { Listener } from './listener.ts'
import { bundleOnce, TestPage } from './pages.ts'
import { Tabs } from './tabs.ts'
import type { TabbedBrowser } from './tabs.ts'
import type { Network } from '../../chaos/relay/relay.ts'
import type { ExchangeCommand } from '../../interop/js/exchange.ts'
import type { Connection } from '@libp2p/interface'

const KiB = 1024

interface BadPath {
  name: string
  network: Network

  /**
   * How long nothing arrives once the page is connected, in ms
   */
  outage?: number

  exchange: Required<Pick<ExchangeCommand, 'protocol' | 'bytes' | 'count' | 'parallel'>>
}

/**
 * In ms: Firefox has a channel open when a round trip is over
 */
const ROUND_TRIPS = [150, 250, 400, 900]

const PATHS: BadPath[] = [
  ...ROUND_TRIPS.map((roundTrip): BadPath => ({
    name: `a round trip of ${roundTrip} ms`,
    network: { delay: roundTrip / 2 },
    exchange: { protocol: 'echo', bytes: 100, count: 8, parallel: 2 }
  })),
  {
    name: '1 Mbit/s each way',
    network: { rate: 125_000, queue: { ms: 300 }, delay: 10 },
    exchange: { protocol: 'both', bytes: 512 * KiB, count: 1, parallel: 1 }
  },
  {
    name: '1 Mbit/s each way, with many streams',
    network: { rate: 125_000, queue: { ms: 300 }, delay: 10 },
    exchange: { protocol: 'echo', bytes: 16 * KiB, count: 40, parallel: 16 }
  },
  {
    name: 'a loss of 5 %',
    network: { loss: 0.05, delay: 50 },
    exchange: { protocol: 'echo', bytes: 1_000, count: 200, parallel: 16 }
  },
  {
    name: 'jitter',
    network: { jitter: 20, delay: 10 },
    exchange: { protocol: 'echo', bytes: 512 * KiB, count: 1, parallel: 1 }
  },
  {
    name: 'datagrams that overtake each other, or come twice',
    network: { reorder: 0.05, duplicate: 0.05, delay: 25 },
    exchange: { protocol: 'echo', bytes: 256 * KiB, count: 2, parallel: 2 }
  },
  {
    name: 'an outage of 3 s',
    network: { delay: 10 },
    outage: 3_000,
    exchange: { protocol: 'echo', bytes: 100, count: 3, parallel: 3 }
  }
]

interface Outcome {
  succeeded: unknown

  /**
   * The ends of streams at the listener that failed
   */
  failed: object[]

  /**
   * The connections that the listener had, as they are when all is done
   */
  connections: string[]
}

async function exchangeOver ({ network, outage, exchange }: BadPath, tabs: Tabs): Promise<Outcome> {
  const listener = await Listener.start()
  const { address, peer, node, streams } = listener
  const { port } = parseDialTarget(node.getMultiaddrs()[0])
  const relay = await startRelay({ ...network, target: port })
  const page = await TestPage.open(tabs)
  const connections: Connection[] = []

  node.addEventListener('connection:open', ({ detail }) => { connections.push(detail) })

  try {
    await page.dial(address.replace(`/udp/${port}/`, `/udp/${relay.port}/`))

    if (outage != null) {
      await relay.outage(outage)
    }

    const { succeeded } = await page.ask('exchange', { peer, ...exchange })

    return { succeeded, failed: streams.filter(({ ok }) => !ok), connections: connections.map(({ status }) => status) }
  } finally {
    await page.close()
    await relay.stop()
    await node.stop()
  }
}

for (const name of ['chromium', 'firefox'] as TabbedBrowser[]) {
  describe(`a page in ${name} on a bad path`, function () {
    this.timeout(90_000)

    let tabs: Tabs
    let outcomes: Array<Promise<Outcome>> = []

    before(async () => {
      await bundleOnce()
      tabs = await Tabs.launch(name)

      // they wait for the network, not for each other
      outcomes = PATHS.map(async path => exchangeOver(path, tabs))
      outcomes.forEach(outcome => { outcome.catch(() => {}) })
    })

    after(async () => {
      await Promise.allSettled(outcomes)
      await tabs?.close()
    })

    PATHS.forEach((path, i) => {
      it(`loses nothing over ${path.name}`, async () => {
        expect(await outcomes[i]).to.deep.equal({ succeeded: path.exchange.count, failed: [], connections: ['open'] })
      })
    })
  })
}
