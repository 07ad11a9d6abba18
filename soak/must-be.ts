/**
 * What must come out in the end.
 */
import { grown } from '../churn/outcome.ts'
import { STANDING } from './course.ts'
import { slope } from './samples.ts'
import type { Course } from './course.ts'
import type { Sample } from './samples.ts'

export interface Ended {
  course: Course
  samples: Sample[]
  before: Sample

  /**
   * When all dialers are gone
   */
  after: Sample

  /**
   * How the process has ended when it was left to itself
   */
  end?: string
}

export interface Verdict {
  text: string

  /**
   * Why it does not hold, if it does not
   */
  reason?: string
}

const MB = 1_000_000

/**
 * How much the line through the last half may rise or fall from its begin to its end,
 * in MB: samples differ by what is under way in their moment
 */
const HEAP_RISE = 3
const RSS_RISE = 10

/**
 * What may be left afterwards, in MB, of code and caches
 */
const REMAINDER = 8

/**
 * The share of exchanges over a good path that succeeds, beside floods from other
 * addresses and on a machine that is busy
 */
const SUCCESS = 0.99

export function judge ({ course, samples, before, after, end }: Ended): Verdict[] {
  const half = ((samples.at(-1)?.time ?? 0) - (samples[Math.floor(samples.length / 2)]?.time ?? 0)) / 3_600_000
  const rise = (name: 'rss' | 'heap', most: number): Verdict => {
    const perHour = slope(samples, name) / MB
    const text = `${name === 'rss' ? 'RSS' : 'heap'} of the last half rises by ≤ ${most} MB (${perHour.toFixed(1)} MB an hour)`

    return { text, reason: perHour * half > most ? `it rises by ${(perHour * half).toFixed(1)} MB` : undefined }
  }
  const failed = Object.values(course.good.failures).reduce((sum, count) => sum + count, 0)
  const share = course.good.connections / Math.max(1, course.good.connections + failed)
  const more = grown(['handles', 'descriptors', 'threads', 'connections', 'streams'], before, after)
  const growth = (after.heap - before.heap) / MB

  return [
    rise('heap', HEAP_RISE),
    rise('rss', RSS_RISE),
    {
      text: `≥ ${SUCCESS * 100} % of the exchanges over a good path succeed`,
      reason: share >= SUCCESS ? undefined : `${(share * 100).toFixed(1)} %: ${Object.entries(course.good.failures).map(([failure, count]) => `${count} × ${failure}`).join('; ')}`
    },
    {
      text: 'who is connected all the time stays so',
      reason: course.standing === STANDING.connections ? undefined : `${course.standing} of ${STANDING.connections} are`
    },
    {
      text: 'handles, sockets, threads, connections and streams return',
      reason: more.length === 0 ? undefined : more.join('; ')
    },
    { text: `heap returns to within ${REMAINDER} MB`, reason: growth > REMAINDER ? `+ ${growth.toFixed(1)} MB` : undefined },
    { text: 'the process exits by itself', reason: end === 'The process ended with 0' ? undefined : end ?? 'it did not end' }
  ]
}
