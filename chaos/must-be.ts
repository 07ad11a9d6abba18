/**
 * What must come out of the trials of a path.
 */
import { durations, failuresOf, isAlive, isComplete, median, pingTimes } from './outcome.ts'
import type { Interrupted, Outcome } from './outcome.ts'

export interface Condition {
  text: string

  /**
   * Why it does not hold, if it does not. Without the peer's outcomes what is a
   * comparison holds.
   */
  broken (ours: Outcome[], peer: Outcome[]): string | undefined
}

/**
 * How long both ends may take to find out that the other one is lost, in ms
 */
const FOUND_OUT = 30_000

/**
 * What the errors say then
 */
const STOPPED_ANSWERING = /stopped answering|not answer|no answer/

/**
 * A new dial works "at once", in ms: much longer than it takes on a quiet
 * machine, much shorter than any timeout
 */
const AT_ONCE = 3_000

export const complete: Condition = {
  text: 'complete and equal, `close()` resolves',
  broken: ours => allAre(ours, isComplete, 'complete')
}

export const staysOpen: Condition = {
  text: 'the connection monitor does not end it',
  broken: ours => allAre(ours, isAlive, 'still open')
}

export const recovers: Condition = {
  text: 'recovers',
  broken: ours => allAre(ours, isComplete, 'complete')
}

export const livesOn: Condition = {
  text: 'all live on',
  broken: ours => allAre(ours, outcome => isAlive(outcome) && failuresOf(outcome).length === 0, 'alive')
}

/**
 * @param limit - in ms
 */
export function answered (limit: number): Condition {
  return {
    text: `all answered, each within ${limit / 1_000} s`,
    broken: ours => allAre(ours, outcome => outcome.kind === 'exchanges' && outcome.succeeded === outcome.count && outcome.longest <= limit, 'answered in time')
  }
}

export function noSlowerThanPeer (ratio: number): Condition {
  return {
    text: `no slower than the peer (at least ${ratio} times as fast)`,
    broken (ours, peer) {
      const [own, its] = [ours, peer].map(outcomes => median(durations(outcomes)))

      if (own != null && its != null && its / own < ratio) {
        return `${(its / own).toFixed(2)} times as fast as the peer`
      }
    }
  }
}

/**
 * At least so much of what the path carries in a second, in bytes
 */
export function uses (share: number, rate: number): Condition {
  return {
    text: `at least ${share} of what the path carries`,
    broken (ours) {
      const ms = median(durations(ours))
      const transfer = ours.find(outcome => outcome.kind === 'transfer')

      if (ms == null || transfer == null) {
        return 'nothing is complete'
      }

      const used = transfer.bytes * 1_000 / ms / rate

      return used < share ? `${used.toFixed(2)} of what the path carries` : undefined
    }
  }
}

/**
 * In ms
 */
export function pings ({ p50, longest }: { p50: number, longest: number }): Condition {
  return {
    text: `ping p50 ≤ ${p50 / 1_000} s, longest ≤ ${longest / 1_000} s`,
    broken (ours) {
      const { times, failures } = pingTimes(ours)
      const middle = median(times)

      if (failures.length > 0) {
        return `${failures.length} pings failed: ${failures[0]}`
      }

      if (middle == null) {
        return 'no ping was answered'
      }

      if (middle > p50 || Math.max(...times) > longest) {
        return `ping p50 ${seconds(middle)}, longest ${seconds(Math.max(...times))}`
      }
    }
  }
}

/**
 * A path may come back in time. If it does not, both ends get an error that says
 * so, in time; what is in progress rejects with it, and a new dial works at once.
 */
export const livesOnOrSaysSo: Condition = {
  text: 'lives on, or says that the remote stopped answering',
  broken: ours => first(ours.map(outcome => {
    if (outcome.kind !== 'interrupted') {
      return first(failuresOf(outcome)) ?? 'no such trial'
    }

    const { failure } = outcome.after

    return (isAlive(outcome) ? undefined : silentEnd(outcome) ?? silentOperation(outcome) ?? lateDial(outcome)) ??
      (failure == null ? undefined : `afterwards: ${failure}`)
  }))
}

function silentEnd (outcome: Interrupted): string | undefined {
  return first((['dialer', 'listener'] as const).map(name => {
    const end = outcome.ends[name]

    if (end == null) {
      return `the ${name}'s end is still open`
    }

    return end.ms > FOUND_OUT ? `the ${name} found out after ${seconds(end.ms)}` : wrongError(`the ${name}'s connection`, end.error)
  }))
}

function silentOperation ({ operations, expected }: Interrupted): string | undefined {
  const missing = expected.find(name => !operations.some(operation => operation.name === name))

  return missing != null
    ? `${missing} did not end`
    : first(operations.map(({ name, error }) => wrongError(name, error)))
}

function lateDial ({ after }: Interrupted): string | undefined {
  return after.ms > AT_ONCE ? `another dial took ${seconds(after.ms)}` : undefined
}

function wrongError (name: string, error?: string): string | undefined {
  if (error == null) {
    return `${name} ended without an error`
  }

  return STOPPED_ANSWERING.test(error) ? undefined : `${name} ended with ${error}`
}

function allAre (outcomes: Outcome[], is: (outcome: Outcome) => boolean, word: string): string | undefined {
  const others = outcomes.filter(outcome => !is(outcome))

  if (others.length > 0) {
    const reasons = [...failuresOf(others[0]), ...endsOf(others[0])]

    return `${outcomes.length - others.length} of ${outcomes.length} ${word}${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}`
  }
}

function endsOf (outcome: Outcome): string[] {
  return outcome.kind === 'broken'
    ? []
    : (['dialer', 'listener'] as const).flatMap(name => {
        const end = outcome.ends[name]

        return end == null ? [] : [`the ${name}'s connection ended with ${end.error ?? 'no error'}`]
      })
}

function first <T> (values: Array<T | undefined>): T | undefined {
  return values.find(value => value != null)
}

function seconds (ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
