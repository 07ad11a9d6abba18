/**
 * How many set-ups may be started: token buckets, of which there is a fixed number,
 * so that no number of sources can fill a table. Sources that fall into the same
 * bucket share its budget. Pure: the time is passed in.
 *
 * There is a bucket for each number of appearances of a request. Who sends each
 * request once, however many, uses up the first one only, and who sends each twice
 * the first two: a dialer that goes on asking gets to one that is not used up.
 */
import { MAX_APPEARANCES } from './appearances.ts'

export interface BudgetsInit {
  /**
   * How many sources are told apart, at most
   */
  readonly buckets: number

  /**
   * How many set-ups a second
   */
  readonly rate: number

  /**
   * How many at once
   */
  readonly burst: number
}

export class Budgets {
  private readonly buckets: number
  private readonly rate: number
  private readonly burst: number
  private readonly spent: Float64Array
  private readonly times: Float64Array

  constructor ({ buckets, rate, burst }: BudgetsInit) {
    this.buckets = buckets
    this.rate = rate
    this.burst = burst
    this.spent = new Float64Array(buckets * MAX_APPEARANCES)
    this.times = new Float64Array(buckets * MAX_APPEARANCES)
  }

  /**
   * The bucket out of which one more set-up can be paid for, if there is one
   *
   * @param source - a number that belongs to the source
   * @param appearances - how often the request was seen
   * @param now - in ms
   */
  find (source: number, appearances: number, now: number): number | undefined {
    for (let level = appearances; level > 0; level--) {
      const i = source % this.buckets * MAX_APPEARANCES + level - 1

      if (this.left(i, now) >= 1) {
        return i
      }
    }
  }

  take (bucket: number, now: number): void {
    this.left(bucket, now)
    this.spent[bucket]++
  }

  /**
   * What it was spent for has turned out to be honest
   */
  giveBack (bucket: number): void {
    this.spent[bucket] = Math.max(0, this.spent[bucket] - 1)
  }

  private left (i: number, now: number): number {
    this.spent[i] = Math.max(0, this.spent[i] - Math.max(0, now - this.times[i]) * this.rate / 1_000)
    this.times[i] = now

    return this.burst - this.spent[i]
  }
}
