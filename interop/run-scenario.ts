/**
 * Runs one scenario on two processes, and looks at what is left afterwards.
 */
import { End } from './end.ts'
import { explain } from './known-failures.ts'
import { CannotError } from './outcome.ts'
import { pairName } from './peers.ts'
import { Trial } from './trial.ts'
import type { KnownFailure } from './known-failures.ts'
import type { Check, Failure, Outcome } from './outcome.ts'
import type { Pair } from './peers.ts'
import type { Processes } from './processes.ts'
import type { Scenario } from './scenario.ts'
import type { Size } from './trial.ts'

/**
 * How long it may take until nothing is left of a connection at our end once
 * it was closed there, in ms
 */
const FREE_TIMEOUT = 5_000

/**
 * The same for another implementation, of which some wait ten seconds for
 * acknowledgements
 */
const THEIR_FREE_TIMEOUT = 15_000

/**
 * How many lines of each process are kept of a scenario that failed
 */
const LAST_LINES = 15

export interface RunInit {
  pair: Pair
  scenario: Scenario
  name: string
  size: Size
  processes: Processes

  /**
   * Ends processes that serve no other scenario, and says what went wrong
   */
  end? (): Promise<Failure[]>
}

export async function runScenario ({ pair, scenario, name, size, processes, end }: RunInit): Promise<Outcome> {
  const start = performance.now()
  const dialer = new End(pair.dialer, processes.dialer, 'dialer')
  const listener = new End(pair.listener, processes.listener, 'listener')
  const trial = new Trial(dialer, listener, size)
  const failures: Failure[] = []
  let cannot: string | undefined

  try {
    await within(scenario.timeout(size), scenario.run(trial))
  } catch (err: any) {
    if (err instanceof CannotError) {
      cannot = err.message
    } else {
      failures.push({ check: 'outcome', message: err.message })
    }
  }

  failures.push(...await whatIsLeft(trial))
  failures.push(...trial.failedStreams().map(message => ({ check: 'streams' as const, message })))
  failures.push(...await end?.() ?? [])
  trial.afterwards.forEach(task => { task() })

  const known = failures.length === 0 ? undefined : explain(pairName(pair), name, failures)

  return {
    pair: pairName(pair),
    scenario: name,
    ...verdict(failures, cannot, known),
    failures,
    figures: trial.figures,
    notes: [
      ...trial.notes,
      ...trial.ends.flatMap(end => end.warnings().map(line => `unexpected on standard error of ${end}: ${line}`))
    ],
    lastLines: failures.length === 0 ? [] : trial.ends.flatMap(end => end.stderr.slice(-LAST_LINES).map(line => `${end.role}: ${line}`)),
    took: performance.now() - start
  }
}

function verdict (failures: Failure[], cannot?: string, known?: KnownFailure): Pick<Outcome, 'result' | 'reason'> {
  if (failures.length > 0) {
    return known == null ? { result: 'failed' } : { result: known.kind, reason: known.reason }
  }

  return cannot == null ? { result: 'passed' } : { result: 'cannot', reason: cannot }
}

/**
 * Closes the connection from our end, after which both ends must become free
 */
async function whatIsLeft (trial: Trial): Promise<Failure[]> {
  const failures: Failure[] = []

  async function check (end: End, what: 'process' | 'status', look: () => Promise<void>): Promise<void> {
    const check: Check = end.kind.isOurs ? `our ${what}` : `their ${what}`

    try {
      await look()
    } catch (err: any) {
      failures.push({ check, message: err.message })
    }
  }

  for (const end of trial.ends) {
    await check(end, 'process', async () => {
      if (end.process.unexpectedEnd != null) {
        throw new Error(`${end}: ${end.process.unexpectedEnd}`)
      }
    })
  }

  const alive = trial.ends.filter(({ process }) => !process.hasEnded)
  const closer = alive.find(({ kind }) => kind.isOurs)

  if (closer != null) {
    await check(closer, 'status', async () => {
      await closer.ask('close', {}, trial.other(closer), 30)
    })
  }

  await Promise.all(alive.map(async end => {
    await check(end, 'status', async () => {
      if (end.kind.ignoresEnd != null && (await end.process.status()).connections > 0) {
        await end.ask('close', {}, trial.other(end), 30)
      }

      await end.isFree(end.kind.isOurs ? FREE_TIMEOUT : THEIR_FREE_TIMEOUT)
    })
  }))

  return failures
}

async function within <T> (seconds: number, task: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => { reject(new Error(`not done within ${seconds} s`)) }, seconds * 1000)

  try {
    return await Promise.race([task, promise])
  } finally {
    clearTimeout(timer)
  }
}
