/**
 * One thing that a pair does in a round, which gives values of some figures.
 */
import type { FigureName } from '../figures.ts'
import type { Values } from '../measurements.ts'
import type { Pair } from '../pair.ts'

/**
 * How much of it: all of it, or what is enough to see that it has become slower
 */
export type Size = 'full' | 'quick'

export interface Task {
  name: string
  figures: FigureName[]

  /**
   * How long it takes, in s, until it is known
   */
  seconds: number

  /**
   * How many of the rounds it is part of, where it is not in all
   */
  rounds?: number

  /**
   * Whether it is left out where less of everything is enough
   */
  isLong?: boolean

  /**
   * Whether it needs two processes that have done nothing else, as their memory is
   * looked at
   */
  needsNewPair?: boolean

  /**
   * How long packets may be, in bytes, where it is not what an implementation takes by
   * itself. It needs two processes of its own then.
   */
  mtu?: number

  /**
   * Whether the path is one that delays datagrams
   */
  needsUdp?: boolean

  run (pair: Pair, size: Size): Promise<Values>
}
