/**
 * How long a property is tried: so many runs with every change, or for
 * `FUZZ_SECONDS` each, with another seed each time (`npm run fuzz`).
 */
import type { Parameters } from 'fast-check'

const seconds = Number(process.env.FUZZ_SECONDS ?? 0)

/**
 * Whether this is the long mode
 */
export const isLong = seconds > 0

/**
 * What mocha has to allow, in ms
 */
export const TIMEOUT = isLong ? (seconds + 60) * 1_000 : 20_000

export function budget (numRuns: number): Parameters<any> {
  return isLong
    ? { numRuns: 2 ** 30, interruptAfterTimeLimit: seconds * 1_000, markInterruptAsFailure: false }
    : { numRuns, seed: 20_261_128 }
}
