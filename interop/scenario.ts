/**
 * What a scenario is.
 */
import type { Pair } from './peers.ts'
import type { Size, Trial } from './trial.ts'

export interface Scenario {
  name (size: Size): string

  /**
   * - `shared`: on processes that serve one scenario after another
   * - `own`: needs processes of its own, and runs beside the others
   */
  processes: 'shared' | 'own'

  /**
   * The address to listen on, if not 127.0.0.1
   */
  host?: string

  /**
   * Which pairs it is about, if not all
   */
  isFor? (pair: Pair): boolean

  /**
   * Whether it is about what may differ between versions of the protocol and
   * between browsers. A quick run leaves the others out where a pair is like another
   * but for those.
   */
  isBasic?: boolean

  /**
   * How long it may take as a whole, in s
   */
  timeout (size: Size): number

  run (trial: Trial): Promise<void>
}

export type Options = Partial<Omit<Scenario, 'name' | 'run'>>

export function scenario (name: string | Scenario['name'], run: Scenario['run'], options: Options = {}): Scenario {
  return {
    name: typeof name === 'string' ? () => name : name,
    processes: 'shared',
    timeout: () => 90,
    run,
    ...options
  }
}

/**
 * For those that wait for the end of a connection
 */
export const WAITING: Options = { processes: 'own', timeout: () => 150 }
