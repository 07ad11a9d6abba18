/**
 * Rounds, in each of which every implementation has two new processes, and does
 * one thing after another in turns with the others.
 */
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { Measurements } from './measurements.ts'
import { Pair } from './pair.ts'
import { DIAL_TASKS, FIRST_DIAL } from './tasks/dials.ts'
import { STREAM_TASKS } from './tasks/streams.ts'
import { TRANSFER_TASKS } from './tasks/transfers.ts'
import type { NodeImplementation } from './ends/implementations.ts'
import type { FigureName } from './figures.ts'
import type { Size, Task } from './tasks/task.ts'

const TASKS: Task[] = [...STREAM_TASKS, ...TRANSFER_TASKS, ...DIAL_TASKS]

export interface ScheduleInit {
  implementations: NodeImplementation[]
  rounds: number
  size: Size

  /**
   * Which figures are asked for
   */
  figures: FigureName[]
  onStep (step: Step): void
}

/**
 * One thing that one pair does
 */
export interface Step {
  round: number
  task: Task
  implementation: NodeImplementation
}

/**
 * Everything that is to be done, in its order: who is first changes
 */
export function plan ({ implementations, rounds, size, figures }: Omit<ScheduleInit, 'onStep'>): Step[] {
  const tasks = TASKS.filter(task => {
    return task.figures.some(name => figures.includes(name)) && (size === 'full' || task.isLong !== true)
  })

  return Array.from({ length: rounds }, (_, i) => i + 1).flatMap(round => {
    return [FIRST_DIAL, ...tasks.filter(task => round <= (task.rounds ?? rounds))].flatMap((task, i) => {
      return rotate(implementations, round + i)
        .filter(implementation => task.needsUdp !== true || IMPLEMENTATIONS[implementation].isUdp)
        .map(implementation => ({ round, task, implementation }))
    })
  })
}

function rotate <T> (values: T[], by: number): T[] {
  const start = by % values.length

  return [...values.slice(start), ...values.slice(0, start)]
}

export async function runAll (init: ScheduleInit): Promise<Measurements> {
  const measurements = new Measurements()

  for (const steps of Map.groupBy(plan(init), ({ round }) => round).values()) {
    const pairs = new Map<NodeImplementation, Pair>()

    try {
      for (const name of init.implementations) {
        pairs.set(name, await Pair.start(name))
      }

      for (const step of steps) {
        init.onStep(step)
        await runStep(step, pairs.get(step.implementation) as Pair, init.size, measurements)
      }
    } finally {
      await Promise.all([...pairs.values()].map(async pair => pair.stop()))
    }
  }

  return measurements
}

async function runStep ({ round, task, implementation }: Step, pair: Pair, size: Size, measurements: Measurements): Promise<void> {
  try {
    // before the first dial nothing has been compiled, after it everything is
    if (task !== FIRST_DIAL) {
      await pair.warmUp()
    }

    measurements.add(implementation, round, await task.run(pair, size))
  } catch (err: any) {
    measurements.failures.push({ round, implementation, task: task.name, message: err.message })
  }
}
