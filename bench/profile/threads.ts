/**
 * What each thread of a process has taken of the processor.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { seconds } from '../../flood/processes/usage.ts'

/**
 * What the threads do that have such a name
 */
const DOES: Record<string, string> = {
  MainThread: 'JavaScript, and what it calls',
  node: 'JavaScript, and what it calls',
  V8Worker: 'garbage collector and compiler',
  'RTC worker': 'DTLS and SCTP',
  'juice poll': 'receives (ICE)',
  'juice mux': 'receives (ICE)',
  'SCTP timer': 'timers of SCTP'
}

/**
 * Seconds by what threads do
 */
export function threadTimes (pid: number): Map<string, number> {
  const times = new Map<string, number>()

  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${task}`
    const what = DOES[readFileSync(`${folder}/comm`, 'utf8').trim()] ?? 'others'

    times.set(what, (times.get(what) ?? 0) + seconds(`${folder}/stat`))
  }

  return times
}

/**
 * What was taken between two looks
 */
export function timeBetween (before: Map<string, number>, after: Map<string, number>): Map<string, number> {
  return new Map(Array.from(after, ([what, time]) => [what, time - (before.get(what) ?? 0)]))
}
