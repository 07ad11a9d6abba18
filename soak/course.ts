/**
 * What happens to a listener for a long time: dials, streams and transfers of all
 * sizes, over good and bad paths, by dialers that leave and by some that are killed,
 * and a flood now and then.
 */
import { startRelay } from '../chaos/relay/relay.ts'
import { Crowd, killAgainAndAgain, rest, sum } from '../churn/crowd.ts'
import { Flooder } from '../flood/processes/flooder.ts'
import type { ChurnReport } from '../churn/processes/dialer.ts'
import type { Listener } from '../flood/processes/listener.ts'

/**
 * Bytes of a transfer
 */
const SIZES = [1, 5, 1_000, 16_384, 100_000, 1_000_000]

/**
 * A path that loses, delays and swaps datagrams, and is cut for two seconds twice a
 * minute
 */
const BAD_PATH = { delay: 30, jitter: 10, loss: 0.01, duplicate: 0.01, outages: [{ from: 15_000, for: 2_000, every: 30_000 }] }

/**
 * How many are connected all the time, with how many streams
 */
const STANDING = { connections: 20, streams: 5 }

/**
 * How long a dialer lives that is killed, and how long the next one waits, in ms
 */
const LIFE = 5_000

/**
 * How often there is a flood, in ms, and what it is: strangers who send requests that
 * look like those of dialers
 */
const FLOOD_INTERVAL = 60_000
const FLOOD = { rate: 1_000, duration: 5_000, sources: 64, version: 1 as const }

export interface Course {
  /**
   * Over a good path by dialers that leave
   */
  good: ChurnReport

  /**
   * Over a bad path, where failures are to be expected
   */
  bad: ChurnReport
  killed: number
  floods: number

  /**
   * How many of those that were connected all the time still were at the end
   */
  standing: number
}

export { STANDING }

export async function play (listener: Listener, duration: number): Promise<Course> {
  const over = AbortSignal.timeout(duration)
  const crowds = { standing: new Crowd(), good: new Crowd(), bad: new Crowd() }
  const relay = await startRelay({ target: listener.port, ...BAD_PATH })
  const flooder = new Flooder()

  try {
    await crowds.standing.connect(listener.address, STANDING.connections, STANDING.streams)
    await Promise.all([crowds.good.start(1), crowds.bad.start(1)])
    const elsewhere = listener.address.replace(`/udp/${listener.port}/`, `/udp/${relay.port}/`)

    const [good, bad, killed, floods] = await Promise.all([
      again(over, async () => crowds.good.churn(listener.address, 20, 4, SIZES)),
      again(over, async () => crowds.bad.churn(elsewhere, 6, 3, SIZES)),
      killAgainAndAgain({ address: listener.address, processes: 1, parallel: 3, sizes: SIZES, life: LIFE, pause: LIFE }, over),
      flood(over, flooder, listener.port)
    ])

    return { good: sum(good), bad: sum(bad), killed, floods, standing: (await crowds.standing.open()).connections }
  } finally {
    await Promise.all([...Object.values(crowds).map(async crowd => crowd.stop()), relay.stop(), flooder.stop()])
  }
}

async function again <T> (over: AbortSignal, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = []

  while (!over.aborted) {
    results.push(await run())
  }

  return results
}

async function flood (over: AbortSignal, flooder: Flooder, port: number): Promise<number> {
  let floods = 0
  await flooder.prepare(port, FLOOD)

  while (!over.aborted) {
    await rest(FLOOD_INTERVAL / 2, over)

    if (!over.aborted) {
      await flooder.run()
      floods++
      await rest(FLOOD_INTERVAL / 2, over)
    }
  }

  return floods
}
