/**
 * Fisher's exact test, one-sided.
 */

export interface Trials {
  readonly good: number
  readonly total: number
}

/**
 * How likely it is that as few of `ours` are good by chance, or fewer, where both do
 * as well as each other
 */
export function chanceOfSoFew (ours: Trials, other: Trials): number {
  const total = ours.total + other.total
  const good = ours.good + other.good
  let sum = 0

  for (let few = Math.max(0, good - other.total); few <= ours.good; few++) {
    sum += Math.exp(logChoose(ours.total, few) + logChoose(other.total, good - few) - logChoose(total, good))
  }

  return sum
}

function logChoose (n: number, k: number): number {
  let log = 0

  for (let i = 1; i <= k; i++) {
    log += Math.log(n - k + i) - Math.log(i)
  }

  return log
}
