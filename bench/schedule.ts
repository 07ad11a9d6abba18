/**
 * Rounds, in each of which every implementation has two new processes, and does
 * one thing after another in turns with the others.
 */
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { Measurements } from './measurements.ts'
import { Pair } from './pair.ts'
import { CROWD_TASKS } from './tasks/crowd.ts'
import { DIAL_TASKS, FIRST_DIAL } from './tasks/dials.ts'
import { STREAM_TASKS } from './tasks/streams.ts'
import { TRANSFER_TASKS } from './tasks/transfers.ts'
import type { Implementation } from './ends/implementations.ts'
import type { FigureName } from './figures.ts'
import type { Values } from './measurements.ts'
import type { Size, Task } from './tasks/task.ts'

const TASKS: Task[] = [...STREAM_TASKS, ...TRANSFER_TASKS, ...DIAL_TASKS, ...CROWD_TASKS]

/**
 * The young generation of V8 grows to 96 MB where there is much to do, and would
 * hide what is held: this makes it 12 MB at most
 */
const SMALL_NURSERY = ['--max-semi-space-size=4']

/**
 * Nothing takes so long, in ms
 */
const DEADLINE = 15 * 60_000

export interface PlanInit {
  implementations: Implementation[]
  rounds: number
  size: Size

  /**
   * Which figures are asked for
   */
  figures: FigureName[]
}

/**
 * Is told what happens
 */
export interface Watcher {
  begins (step: Step): void
  ends (): void
}

/**
 * One thing that one pair does
 */
export interface Step {
  round: number
  task: Task
  implementation: Implementation
}

/**
 * Everything that is to be done, in its order: who is first changes
 */
export function plan ({ implementations, rounds, size, figures }: PlanInit): Step[] {
  const tasks = TASKS.filter(task => {
    return task.figures.some(name => figures.includes(name)) && (size === 'full' || task.isLong !== true)
  })

  return Array.from({ length: rounds }, (_, i) => i + 1).flatMap(round => {
    return [FIRST_DIAL, ...tasks.filter(task => round <= (task.rounds ?? rounds))].flatMap((task, i) => {
      return rotate(implementations, round + i)
        .filter(implementation => isOf(task, implementation))
        .map(implementation => ({ round, task, implementation }))
    })
  })
}

function isOf ({ needsUdp, mtu }: Task, implementation: Implementation): boolean {
  const { isUdp, takesMtu } = IMPLEMENTATIONS[implementation]

  return (needsUdp !== true || isUdp) && (mtu == null || takesMtu)
}

function rotate <T> (values: T[], by: number): T[] {
  const start = by % values.length

  return [...values.slice(start), ...values.slice(0, start)]
}

export async function runAll (steps: Step[], size: Size, watcher: Watcher): Promise<Measurements> {
  const measurements = new Measurements()

  for (const ofRound of Map.groupBy(steps, ({ round }) => round).values()) {
    const pairs = new Map<Implementation, Pair>()

    try {
      for (const { implementation } of ofRound.filter(({ task }) => task === FIRST_DIAL)) {
        pairs.set(implementation, await Pair.start(implementation))
      }

      for (const step of ofRound) {
        watcher.begins(step)
        await runStep(step, pairs.get(step.implementation) as Pair, size, measurements)
        watcher.ends()
      }
    } finally {
      await Promise.all([...pairs.values()].map(async pair => pair.stop()))
    }
  }

  return measurements
}

async function runStep ({ round, task, implementation }: Step, pair: Pair, size: Size, measurements: Measurements): Promise<void> {
  try {
    measurements.add(implementation, round, await runTask(task, implementation, pair, size))
  } catch (err: any) {
    measurements.failures.push({ round, implementation, task: task.name, message: err.message })
  }
}

/**
 * Who does not answer in time is ended, and fails in all that follows
 */
async function inTime <T> (pair: Pair, run: (pair: Pair) => Promise<T>): Promise<T> {
  const timer = setTimeout(() => { void pair.stop() }, DEADLINE)

  try {
    return await run(pair)
  } finally {
    clearTimeout(timer)
  }
}

async function runTask (task: Task, implementation: Implementation, pair: Pair, size: Size): Promise<Values> {
  if (task.mtu != null) {
    return onNewPair(task, implementation, [], async pair => runWarm(task, pair, size))
  }

  return task.needsNewPair === true
    ? onNewPair(task, implementation, SMALL_NURSERY, async pair => task.run(pair, size))
    : inTime(pair, async pair => runWarm(task, pair, size))
}

async function runWarm (task: Task, pair: Pair, size: Size): Promise<Values> {
  // before the first dial nothing has been compiled, after it everything is
  if (task !== FIRST_DIAL) {
    await pair.warmUp()
  }

  return task.run(pair, size)
}

async function onNewPair ({ mtu }: Task, implementation: Implementation, options: string[], run: (pair: Pair) => Promise<Values>): Promise<Values> {
  const pair = await Pair.start(implementation, options, mtu)

  try {
    return await inTime(pair, run)
  } finally {
    await pair.stop()
  }
}
