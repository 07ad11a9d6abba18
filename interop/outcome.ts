/**
 * What came out of one scenario with one pair.
 */

/**
 * What was looked at:
 *
 * - `outcome`: what the scenario is about
 * - `streams`: did the streams end as their protocols say, at both ends?
 * - `process`: does the process still run, or did it end as it was told to?
 * - `status`: once the connection is closed, is anything left of it?
 */
export type Check =
  'outcome' |
  'streams' |
  'our process' |
  'our status' |
  'their process' |
  'their status'

export interface Failure {
  check: Check
  message: string
}

export interface Figure {
  name: string
  value: number
  unit: string
}

export interface Outcome {
  pair: string
  scenario: string

  /**
   * - `passed`
   * - `failed`
   * - `theirs`: it failed, as it is known to do through a fault of the other
   *   implementation's
   * - `rare`: it failed as it rarely does, through a fault below this package,
   *   and has to be run again
   * - `cannot`: an implementation lacks what it takes
   * - `skipped`: it was not run
   */
  result: 'passed' | 'failed' | 'theirs' | 'rare' | 'cannot' | 'skipped'

  /**
   * Why, unless it passed or failed
   */
  reason?: string
  failures: Failure[]
  figures: Figure[]

  /**
   * What is worth knowing also where it passed
   */
  notes: string[]

  /**
   * The end of what both processes said, where it failed
   */
  lastLines: string[]

  /**
   * In ms
   */
  took: number

  /**
   * The first rare failure for which the scenario was run again
   */
  before?: Outcome
}

/**
 * An implementation lacks what the scenario takes
 */
export class CannotError extends Error {
  name = 'CannotError'
}
