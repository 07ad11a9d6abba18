/**
 * What must come out of a row.
 */
import { percentile, successRate } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { Condition as JudgedCondition } from '../chaos/judged.ts'

export type Condition = JudgedCondition<Outcome>

const MB = 1_000_000

/**
 * How much more the listener may hold meanwhile, in MB
 */
const GROWTH = 50

/**
 * How much the heap may have grown afterwards, in MB. The process as a whole does not
 * shrink: the allocator keeps what was freed for the next flood.
 */
const REMAINDER = 5

/**
 * In ms
 */
const MAX_DELAY = 100

/**
 * How long those that were connected before may take to notice, in ms: consent to send
 * ends 30 s after the last answer (RFC 7675), which the stack sees a moment later
 */
const NOTICE = 30_500

/**
 * How much of the rate the flooder has to reach, or the row says nothing
 */
const MIN_RATE = 0.9

/**
 * Dials succeed
 *
 * @param share - of all, from 0 to 1
 * @param within - ms
 */
export function succeed (share: number, within: number): Condition {
  return {
    text: `${share === 1 ? 'all' : `≥ ${share * 100} %`} succeed within ${seconds(within)}`,
    broken ({ dials }) {
      const reached = successRate(dials, within)

      return reached < share ? `${(reached * 100).toFixed(1)} % succeeded within ${seconds(within)}` : undefined
    }
  }
}

/**
 * @param ms - within which half of the dials succeed
 */
export function median (ms: number): Condition {
  return {
    text: `p50 ≤ ${seconds(ms)}`,
    broken ({ dials }) {
      const p50 = percentile(dials, 0.5)

      return p50 > ms ? `p50 ${seconds(p50)}` : undefined
    }
  }
}

export const noticedInTime: Condition = {
  text: `the old ones notice within ${seconds(NOTICE)}`,
  broken ({ noticed = [] }) {
    const late = noticed.filter(ms => ms > NOTICE)

    if (noticed.length === 0) {
      return 'nobody was connected'
    }

    return late.length > 0 ? `${late.length} of ${noticed.length} noticed late, the last one after ${seconds(Math.max(...noticed))}` : undefined
  }
}

export function crowdGetsIn (share: number): Condition {
  return {
    text: `≥ ${share * 100} % of the crowd get in`,
    broken ({ crowd = { connected: 0, alive: 0 } }) {
      return crowd.alive < share ? `${(crowd.alive * 100).toFixed(1)} % of the crowd are connected` : undefined
    }
  }
}

/**
 * The last dials succeed, of those that began when it was over
 *
 * @param count - how many
 * @param within - ms
 */
export function recover (count: number, within: number): Condition {
  return {
    text: `the last ${count} succeed within ${seconds(within)}`,
    broken ({ dials }) {
      const reached = successRate(dials.slice(-count), within)

      return reached < 1 ? `${(reached * 100).toFixed(1)} % of the last ${count} succeeded within ${seconds(within)}` : undefined
    }
  }
}

/**
 * What holds of the listener
 *
 * @param connections - how many are there when it is over
 */
export function bounded (connections = 0): Condition {
  return {
    text: `memory ≤ + ${GROWTH} MB, nothing left in it, no more threads, event loop p99 ≤ ${MAX_DELAY} ms`,
    broken ({ listener: { rss, threads, delay, heapGrowth = 0, peersLeft = connections } }) {
      const growth = (rss.peak - rss.before) / MB

      if (growth > GROWTH) {
        return `memory + ${growth.toFixed(0)} MB`
      }

      if (heapGrowth > REMAINDER * MB || peersLeft > connections) {
        return `the heap has grown by ${(heapGrowth / MB).toFixed(1)} MB, and ${peersLeft} connections are left`
      }

      if (threads.peak > threads.before) {
        return `${threads.before} threads, then ${threads.peak}`
      }

      return delay != null && delay.p99 > MAX_DELAY ? `event loop p99 ${delay.p99.toFixed(0)} ms` : undefined
    }
  }
}

/**
 * @param rate - requests a second
 */
export function flooded (rate: number): Condition {
  return {
    text: `${rate.toLocaleString('en')} requests a second were sent`,
    broken ({ flood }) {
      return flood == null || flood.rate < rate * MIN_RATE ? `only ${flood?.rate.toFixed(0) ?? 0} a second were sent` : undefined
    }
  }
}

function seconds (ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 1_000 ? 2 : 1)} s`
}
