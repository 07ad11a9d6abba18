/**
 * What must come out of a row.
 */
import { grown } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import type { Condition as JudgedCondition } from '../chaos/judged.ts'

export type Condition = JudgedCondition<Outcome>

const MB = 1_000_000

/**
 * How much more the heap may hold afterwards, in MB: code that was compiled meanwhile,
 * and what caches of libp2p remember
 */
const REMAINDER = 5

/**
 * How long the other end may take to notice that a process has stopped, in ms:
 * consent to send ends 30 s after the last answer (RFC 7675), and the process may be
 * busy
 */
const NOTICE = 40_000

/**
 * @param share - of a core, from 0 to 1
 */
export function idles (share: number): Condition {
  return {
    text: `the main thread takes ≤ ${share * 100} % of a core`,
    broken ({ idle = { mainThread: Infinity, all: Infinity } }) {
      return idle.mainThread > share ? `the main thread takes ${(idle.mainThread * 100).toFixed(1)} %` : undefined
    }
  }
}

export function open (connections: number, streams: number): Condition {
  return {
    text: 'all are still open',
    broken ({ open: is = { connections: 0, streams: 0 } }) {
      return is.connections === connections && is.streams === connections * streams
        ? undefined
        : `${is.connections} connections and ${is.streams} streams are open`
    }
  }
}

export const allSucceed: Condition = {
  text: 'all succeed',
  broken ({ report = { connections: 0, failures: {} } }) {
    const failures = Object.entries(report.failures)

    if (failures.length === 0 && report.connections > 0) {
      return
    }

    return `${report.connections} succeeded; ${failures.map(([failure, count]) => `${count} × ${failure}`).join('; ')}`
  }
}

export const returns: Condition = {
  text: `handles, threads and sockets as before, the heap within ${REMAINDER} MB`,
  broken ({ before, after }) {
    const growth = ((after.heap ?? 0) - (before.heap ?? 0)) / MB
    const [more] = grown(['threads', 'descriptors', 'handles', 'peerConnections'], before, after)

    return growth > REMAINDER ? `the heap has grown by ${growth.toFixed(1)} MB` : more
  }
}

export const noticedInTime: Condition = {
  text: `the other end notices within ${NOTICE / 1_000} s`,
  broken ({ noticed = Infinity }) {
    return noticed > NOTICE ? `it noticed after ${(noticed / 1_000).toFixed(1)} s` : undefined
  }
}

export const exits: Condition = {
  text: 'each process exits by itself',
  broken ({ ends = [] }) {
    const others = ends.filter(end => end !== 'The process ended with 0')

    return ends.length === 0 || others.length > 0
      ? `${others.length} of ${ends.length} did not: ${others[0] ?? 'it did not end'}`
      : undefined
  }
}
