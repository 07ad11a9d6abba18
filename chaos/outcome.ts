/**
 * What came out of a trial.
 */
import type { PingReport, What } from './peer/transfer.ts'

export interface Ending {
  /**
   * How long after the network failed
   */
  ms: number
  error?: string
}

/**
 * How the connection ended, at the ends where it did
 */
export interface Endings {
  dialer?: Ending
  listener?: Ending
}

interface Common {
  failures: string[]
  ends: Endings

  /**
   * How many datagrams the machine lost because it was too slow
   */
  overruns?: number
}

export interface Transfer extends Common {
  kind: 'transfer'
  what: What

  /**
   * How many should arrive, did so, and came back
   */
  bytes: number
  arrived: number
  returned: number

  ms: number
  closing?: number
  pings: Array<PingReport | string>
}

export interface Exchanges extends Common {
  kind: 'exchanges'
  count: number
  succeeded: number

  /**
   * How long one took, in ms
   */
  longest: number
}

export interface Message extends Common {
  kind: 'message'

  /**
   * From the begin of the outage to the answer
   */
  ms: number
}

export interface Interrupted extends Omit<Common, 'failures'> {
  kind: 'interrupted'

  /**
   * What was going on that can't go on without the remote
   */
  expected: string[]

  /**
   * How what was going on ended, where it did
   */
  operations: Array<Ending & { name: string }>

  /**
   * How another dial went when the network was back, or a message where the
   * connection lived on
   */
  after: { ms: number, failure?: string }
}

/**
 * It could not be done
 */
export interface Broken {
  kind: 'broken'
  error: string
  overruns?: number
}

export type Outcome = Transfer | Exchanges | Message | Interrupted | Broken

/**
 * Whether all bytes arrived, and came back, whatever else failed
 */
export function isWhole (outcome: Outcome): boolean {
  return outcome.kind === 'transfer' &&
    outcome.arrived === outcome.bytes &&
    outcome.returned === (outcome.what === 'upload' ? 0 : outcome.bytes)
}

/**
 * Whether nothing failed either
 */
export function isComplete (outcome: Outcome): boolean {
  return isWhole(outcome) && failuresOf(outcome).length === 0
}

export function failuresOf (outcome: Outcome): string[] {
  switch (outcome.kind) {
    case 'broken':
      return [outcome.error]
    case 'interrupted':
      return outcome.after.failure == null ? [] : [outcome.after.failure]
    default:
      return outcome.failures
  }
}

/**
 * How long transfers took, in ms, of which everything arrived. What does not come back, and whose
 * `close()` failed, arrived later, nobody knows when.
 */
export function durations (outcomes: Outcome[]): number[] {
  return outcomes.flatMap(outcome => {
    return outcome.kind === 'transfer' && isWhole(outcome) && (outcome.what === 'echo' || isComplete(outcome)) ? [outcome.ms] : []
  })
}

/**
 * Whether the connection is still there at both ends
 */
export function isAlive (outcome: Outcome): boolean {
  return outcome.kind !== 'broken' && outcome.ends.dialer == null && outcome.ends.listener == null
}

/**
 * How long pings took, from opening a stream to having closed it, and how others
 * failed
 */
export function pingTimes (outcomes: Outcome[]): { times: number[], failures: string[] } {
  const all = outcomes.flatMap(outcome => outcome.kind === 'transfer' ? outcome.pings : [])

  return {
    times: all.flatMap(ping => typeof ping === 'string' ? [] : [ping.closed]),
    failures: all.filter(ping => typeof ping === 'string')
  }
}

export function median (values: number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)

  return sorted.length % 2 === 0 && sorted.length > 0 ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
}
