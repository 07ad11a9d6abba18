/**
 * What came out of a row.
 */
import type { ChurnReport } from './processes/dialer.ts'
import type { Held } from '../flood/processes/listener.ts'
import type { Usage } from '../flood/processes/usage.ts'

/**
 * What a process holds when garbage has been collected; of another program only what
 * the system tells
 */
export type Holdings = Usage & Partial<Held>

/**
 * What is more afterwards than before, in words
 */
export function grown <Name extends string> (names: readonly Name[], before: Partial<Record<Name, number>>, after: Partial<Record<Name, number>>): string[] {
  return names
    .filter(name => (after[name] ?? 0) > (before[name] ?? 0))
    .map(name => `${name}: ${before[name]}, then ${after[name]}`)
}

export interface Outcome {
  /**
   * Of the process that is measured
   */
  before: Holdings
  after: Holdings

  /**
   * What was tried meanwhile
   */
  report?: ChurnReport

  /**
   * How many dialers were killed meanwhile
   */
  killed?: number

  /**
   * The share of a core that an idle process takes: the thread that runs JavaScript,
   * and all threads
   */
  idle?: { mainThread: number, all: number }

  /**
   * How many connections and streams there were then, or at the end
   */
  open?: { connections: number, streams: number }

  /**
   * What a connection takes of memory, in bytes
   */
  perConnection?: number

  /**
   * After which time the other end had noticed that a process had stopped, in ms
   */
  noticed?: number

  /**
   * How each process has ended when it was left to itself; nothing where it has not
   */
  ends?: Array<string | undefined>

  /**
   * How busy the machine was at the end: the average of a minute
   */
  load: number
}
