/**
 * What came out of a row.
 */
export interface Dial {
  /**
   * From the begin of the dial to its end
   */
  ms: number
  error?: string
}

/**
 * Before, the most meanwhile, and afterwards
 */
export interface Course {
  before: number
  peak: number
  after: number
}

export interface ListenerFigures {
  /**
   * In bytes
   */
  rss: Course
  threads: Course

  /**
   * How much more the heap of JavaScript holds afterwards, in bytes, when garbage has
   * been collected, and how many connections the native stack has; where that is known
   */
  heapGrowth?: number
  peersLeft?: number

  /**
   * The share of a core that the process took meanwhile
   */
  cpu: number

  /**
   * The delay of the event loop meanwhile, in ms, where it is a process of Node.js
   */
  delay?: { p99: number, longest: number }

  /**
   * How many datagrams its socket had no room for
   */
  drops: number
}

export interface Outcome {
  dials: Dial[]
  listener: ListenerFigures

  /**
   * What the flooder sent
   */
  flood?: { sent: number, rate: number, received?: number }

  /**
   * After which time those that were connected before noticed that the listener
   * had been killed, in ms; Infinity where they did not
   */
  noticed?: number[]

  /**
   * How many of the crowd got a connection, and have it still
   */
  crowd?: { connected: number, alive: number }

  /**
   * How busy the machine was at the end: the average of a minute
   */
  load: number
}

/**
 * The least time within which a share of the dials succeeded, from 0 to 1; Infinity
 * where fewer did
 */
export function percentile (dials: Dial[], share: number): number {
  const times = dials.map(({ ms, error }) => error == null ? ms : Infinity).sort((a, b) => a - b)

  return times[Math.max(0, Math.ceil(times.length * share) - 1)] ?? Infinity
}

export function successRate (dials: Dial[], within = Infinity): number {
  return dials.filter(({ ms, error }) => error == null && ms <= within).length / Math.max(1, dials.length)
}
