/* eslint-disable no-console */
/**
 * Runs the interoperability tests, see the README.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { buildPeers } from './build.ts'
import { killAll } from './peer-process.ts'
import { PAIRS, pairName } from './peers.ts'
import { askWhoItIs } from './processes.ts'
import { Progress } from './progress.ts'
import { renderResults } from './results.ts'
import { SCENARIOS } from './scenarios.ts'
import { runAll } from './schedule.ts'
import { FULL, QUICK } from './trial.ts'
import type { Ready } from './peer-process.ts'
import type { Pair, PeerKind } from './peers.ts'
import type { Job } from './schedule.ts'
import type { Size } from './trial.ts'

/**
 * Where a run of everything writes its results
 */
const RESULTS = 'interop/RESULTS.md'

interface Options {
  quick: boolean
  build: boolean
  pair?: RegExp
  scenario?: RegExp
  runs: number
  results?: string
  logs?: string
}

const progress = new Progress(process.stdout)

async function main (options: Options): Promise<number> {
  const start = performance.now()
  const size = options.quick ? QUICK : FULL
  const pairs = PAIRS.filter(pair => options.pair?.test(pairName(pair)) !== false)
  const skippedPairs = new Map<string, string>()
  const kinds = new Set(pairs.flatMap(({ dialer, listener }) => [dialer, listener]))
  const missing = !options.build
    ? new Map<PeerKind['program'], string>()
    : await buildPeers(new Set([...kinds].map(({ program }) => program)), line => { console.error(line) })

  const built = [...kinds].filter(({ program }) => !missing.has(program))
  const known = new Map(await Promise.all(built.map(async kind => [kind, await whoIs(kind, options.logs)] as const)))

  for (const pair of pairs) {
    const reason = missing.get(pair.dialer.program) ?? missing.get(pair.listener.program) ?? cannotDial(known.get(pair.dialer))

    if (reason != null) {
      skippedPairs.set(pairName(pair), reason)
    }
  }

  const jobs = plan(pairs.filter(pair => !skippedPairs.has(pairName(pair))), size, options)

  if (pairs.length === 0 || (jobs.length === 0 && skippedPairs.size === 0)) {
    throw new Error('Nothing is left to run')
  }

  for (const [pair, reason] of skippedPairs) {
    progress.skips(pair, reason)
  }

  progress.start(jobs.length)

  const outcomes = await runAll({ jobs, size, logs: options.logs, progress })
  const everything = !options.quick && options.pair == null && options.scenario == null
  const path = options.results ?? (everything ? RESULTS : undefined)

  progress.close()
  progress.repeatFailures()

  if (path != null) {
    writeFileSync(path, renderResults({
      pairs: pairs.map(pairName),
      scenarios: [...new Set(jobs.map(({ name }) => name))],
      outcomes,
      skippedPairs,
      implementations: [...new Map([...known.values()].map(({ implementation, version }) => [implementation, version]))],
      circumstances: circumstances(options, performance.now() - start),
      summary: progress.describeCounts()
    }))
    console.log(`the results are in ${path}`)
  }

  console.log(progress.describeCounts())

  return progress.counts.failed === 0 ? 0 : 1
}

async function whoIs (kind: PeerKind, logs?: string): Promise<Ready> {
  try {
    return await askWhoItIs(kind, logs)
  } catch (err: any) {
    throw new Error(`${kind.name} can't be started: ${err.message}`)
  }
}

function cannotDial (ready?: Ready): string | undefined {
  const reason = ready?.cannot.dial

  return reason == null ? undefined : `${ready?.implementation}: ${reason}`
}

function plan (pairs: Pair[], size: Size, { quick, scenario: pattern, runs }: Options): Job[] {
  const jobs = pairs.flatMap(pair => SCENARIOS
    .filter(({ isFor }) => isFor?.(pair) !== false)
    .filter(({ isBasic }) => !quick || isBasic === true || !isLikeAnother(pair))
    .map(scenario => ({ pair, scenario, name: scenario.name(size) }))
    .filter(({ name }) => pattern?.test(name) !== false))

  return Array.from({ length: runs }, () => jobs).flat()
}

/**
 * Whether another pair differs in the version of the protocol or the browser only
 */
function isLikeAnother ({ variant, dialer, listener }: Pair): boolean {
  return variant != null || (dialer.isPage === true && !(dialer.isOurs && dialer.program === 'chromium' && listener.isOurs))
}

function circumstances ({ quick, runs }: Options, took: number): string[] {
  return [
    `${new Date().toISOString().slice(0, 10)}, in ${Math.round(took / 60_000)} minutes`,
    `Node.js ${process.version}, ${type()} ${release()} ${process.arch}, ${availableParallelism()} cores (${cpus()[0].model.trim()}), over the loopback interface`,
    ...quick ? ['Less of everything than in a full run (`--quick`)'] : [],
    ...runs > 1 ? [`Every scenario was run ${runs} times; figures are medians`] : []
  ]
}

function parsePattern (text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch (err: any) {
    throw new InvalidArgumentError(err.message)
  }
}

function parseRuns (text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number from 1.')
  }

  return Number(text)
}

function onSignal (exitCode: number): void {
  killAll()
  progress.close()
  console.log(`stopped: ${progress.describeCounts()}`)
  process.exit(exitCode)
}

process.once('SIGINT', () => { onSignal(130) })
process.once('SIGTERM', () => { onSignal(143) })
process.on('exit', killAll)

const program = new Command('npm run test:interop --')
  .description('Run every scenario with every pair of implementations')
  .option('--quick', 'fewer streams and bytes, less waiting', false)
  .option('--no-build', 'run the peers as they were built last time')
  .option('--pair <regex>', 'only pairs whose name matches, such as "go-libp2p -> ours"', parsePattern)
  .option('--scenario <regex>', 'only scenarios whose name matches', parsePattern)
  .option('--runs <number>', 'run everything that often, to find what fails now and then', parseRuns, 1)
  .option('--results <file>', `where to write the results (default: ${RESULTS} if everything is run, else nowhere)`)
  .option('--logs <folder>', 'write what goes in and out of each process')
  .addHelpText('after', `
Pairs:
${PAIRS.map(pair => `  ${pairName(pair)}`).join('\n')}

INTEROP_SKIP_MISSING=1 skips the pairs of peers that can't be built because Go,
Rust or Python is missing. DEBUG=libp2p:webrtc-direct* makes our end tell, in the logs.`)
  .action(async (options: Options) => {
    try {
      process.exitCode = await main(options)
    } catch (err: any) {
      killAll()
      progress.close()
      console.error(err.message)
      process.exitCode = 1
    }
  })

await program.parseAsync()
