/**
 * Runs the scenarios with every pair: those that share processes one after
 * another, for a few pairs at the same time, and beside them those that have
 * processes of their own, of which most only wait.
 */
import { pairName } from './peers.ts'
import { Processes } from './processes.ts'
import { runScenario } from './run-scenario.ts'
import type { Failure, Outcome } from './outcome.ts'
import type { Pair } from './peers.ts'
import type { Progress } from './progress.ts'
import type { Scenario } from './scenario.ts'
import type { Size } from './trial.ts'

/**
 * How many pairs run scenarios that share processes at the same time: starting
 * processes and waiting for answers leaves a machine of two cores idle
 */
const PAIRS_AT_ONCE = 2

/**
 * How many scenarios with processes of their own run at the same time. Most of
 * them wait, all of them connect at first.
 */
const BESIDE = 10

/**
 * How often a scenario is run that fails as it rarely does each time
 */
const RARE_RUNS = 3

export interface Job {
  pair: Pair
  scenario: Scenario
  name: string
}

export interface ScheduleInit {
  jobs: Job[]
  size: Size
  logs?: string
  progress: Progress
}

export async function runAll ({ jobs, size, logs, progress }: ScheduleInit): Promise<Outcome[]> {
  const outcomes: Outcome[] = []

  async function settle (job: Job, run: () => Promise<Outcome>): Promise<void> {
    progress.begins(pairName(job.pair), job.name)

    const outcome = await decide(run, before => { progress.repeats(before) }).catch(err => notRun(job, err))
    outcomes.push(outcome)
    progress.ends(outcome)
  }

  async function runShared (): Promise<void> {
    const queue = [...Map.groupBy(jobs.filter(({ scenario }) => scenario.processes === 'shared'), ({ pair }) => pair)]

    await inLanes(PAIRS_AT_ONCE, queue, async ([pair, itsJobs]) => runPair(pair, itsJobs))
  }

  async function runPair (pair: Pair, itsJobs: Job[]): Promise<void> {
    let processes: Processes | undefined

    async function run (job: Job, isLast: boolean): Promise<Outcome> {
      processes ??= await Processes.start(pair, { logs, label: pairName(pair) })

      const current = processes
      const outcome = await runScenario({
        ...job,
        size,
        processes,
        end: isLast ? async () => current.stop() : undefined
      })

      if (outcome.failures.length > 0) {
        // whatever state they are in, the next scenario gets others
        await processes.kill()
        processes = undefined
      }

      return outcome
    }

    for (const [index, job] of itsJobs.entries()) {
      await settle(job, async () => run(job, index === itsJobs.length - 1))
    }
  }

  async function runBeside (): Promise<void> {
    const queue = jobs
      .filter(({ scenario }) => scenario.processes === 'own')
      .toSorted((a, b) => b.scenario.timeout(size) - a.scenario.timeout(size))

    await inLanes(BESIDE, queue, runAlone)
  }

  async function runAlone (job: Job): Promise<void> {
    await settle(job, async () => {
      const processes = await Processes.start(job.pair, { host: job.scenario.host, logs, label: `${pairName(job.pair)} ${job.name}` })

      return runScenario({
        ...job,
        size,
        processes,
        end: async (): Promise<Failure[]> => processes.stop()
      })
    })
  }

  await Promise.all([runShared(), runBeside()])

  return outcomes
}

/**
 * Takes one after another from the queue, so many at a time
 */
async function inLanes <T> (count: number, queue: T[], run: (item: T) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, async () => {
    for (let item = queue.shift(); item != null; item = queue.shift()) {
      await run(item)
    }
  }))
}

/**
 * A scenario that failed as it rarely does is run again, and that decides; what
 * happens every time is not rare
 */
export async function decide (run: () => Promise<Outcome>, onRare: (outcome: Outcome) => void, runs = RARE_RUNS): Promise<Outcome> {
  const outcome = await run()

  if (outcome.result !== 'rare') {
    return outcome
  }

  if (runs === 1) {
    return { ...outcome, result: 'failed' }
  }

  onRare(outcome)

  return { ...await decide(run, onRare, runs - 1), before: outcome }
}

function notRun ({ pair, name }: Job, err: Error): Outcome {
  return {
    pair: pairName(pair),
    scenario: name,
    result: 'failed',
    failures: [{ check: 'outcome', message: `could not be run: ${err.message}` }],
    figures: [],
    notes: [],
    lastLines: [],
    took: 0
  }
}
