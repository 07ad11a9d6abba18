/**
 * Runs the trials of all paths: many at a time, as most of them wait for the
 * network, and one after another those that need the processor.
 */
import { Queue } from '@libp2p/utils'
import { createRow } from './row.ts'
import { runTrial } from './trial.ts'
import type { Outcome } from './outcome.ts'
import type { Path } from './paths.ts'
import type { Row } from './row.ts'

/**
 * How many turns that wait are taken at the same time
 */
const AT_ONCE = 8

/**
 * In ms, of a trial
 */
const LIMIT = 240_000

export type Implementation = 'ours' | 'peer'

export const IMPLEMENTATIONS: Record<Implementation, string> = {
  ours: 'ours',
  peer: 'js-libp2p'
}

export interface ScheduleInit {
  paths: Path[]

  onTrial (path: Path, run: number, implementation: Implementation, outcome: Outcome, ms: number): void

  /**
   * Called in the order of the paths
   */
  onRow (row: Row, outcomes: Record<Implementation, Outcome[]>): void
}

export async function runAll ({ paths, onTrial, onRow }: ScheduleInit): Promise<void> {
  const waiting = new Queue({ concurrency: AT_ONCE })
  const heavy = new Queue({ concurrency: 1 })
  let before = Promise.resolve()

  async function trial (path: Path, run: number, implementation: Implementation): Promise<Outcome> {
    const start = performance.now()
    const outcome = await runTrial({
      network: path.network,
      task: path.task,
      monitor: path.monitor ?? false,
      implementation: IMPLEMENTATIONS[implementation],
      seed: run,
      limit: path.limit ?? LIMIT
    })

    onTrial(path, run, implementation, outcome, performance.now() - start)

    return outcome
  }

  /**
   * Both implementations do the same, at the same time where they don't disturb
   * each other, else who begins alternates
   */
  async function turn (path: Path, run: number, outcomes: Record<Implementation, Outcome[]>): Promise<void> {
    const both: Implementation[] = path.peer ? ['ours', 'peer'] : ['ours']
    const one = async (implementation: Implementation): Promise<void> => {
      outcomes[implementation].push(await trial(path, run, implementation))
    }

    if (path.isHeavy !== true) {
      await Promise.all(both.map(one))
      return
    }

    for (const implementation of run % 2 === 1 ? both : both.toReversed()) {
      await one(implementation)
    }
  }

  await Promise.all(paths.map(async path => {
    const outcomes: Record<Implementation, Outcome[]> = { ours: [], peer: [] }
    const queue = path.isHeavy === true ? heavy : waiting
    const runs = Array.from({ length: path.runs }, (_, i) => i + 1)
    const previous = before
    const own = Promise.withResolvers<void>()
    before = own.promise

    await Promise.all(runs.map(async run => queue.add(async () => turn(path, run, outcomes))))
    await previous
    onRow(createRow(path, outcomes.ours, outcomes.peer), outcomes)
    own.resolve()
  }))
}
