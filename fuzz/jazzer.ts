/**
 * Starts Jazzer.js, which mutates inputs and keeps those that reach code that was
 * not reached before.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCorpus } from './corpus.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLI = join(ROOT, 'fuzz', 'node_modules', '@jazzer.js', 'core', 'dist', 'cli.js')

/**
 * What leads the fuzzer: the package, and what it leaves parts of the parsing to
 */
const GUIDES = ['dist/src/', 'multiformats/', 'protons-runtime/', '@libp2p/crypto/']

/**
 * How long one input may take, in ms: the longest take 20
 */
const TIMEOUT = 5_000

/**
 * How long an input may be, in bytes: a certificate and a description have some
 * hundred
 */
const MAX_LENGTH = 2_048

export interface Outcome {
  readonly runs: number

  /**
   * How many places of the code were reached
   */
  readonly coverage: number

  /**
   * The inputs that failed, took too long or too much memory
   */
  readonly found: Buffer[]

  /**
   * The file with everything that Jazzer.js has said
   */
  readonly log: string
}

/**
 * Why Jazzer.js can't be loaded here, or nothing
 */
export function whyNot (): string | undefined {
  const { status, stderr } = spawnSync(process.execPath, ['-e', 'require("@jazzer.js/fuzzer")'], { cwd: join(ROOT, 'fuzz'), encoding: 'utf8' })

  if (status === 0) {
    return
  }

  const needed = /GLIBC_([\d.]+)' not found/.exec(stderr)?.[1]

  return needed == null
    ? /^\w*Error: .*$/m.exec(stderr)?.[0] ?? `exit code ${status}`
    : `it needs glibc ${needed}, and this system has ${(process.report.getReport() as any).header.glibcVersionRuntime}`
}

/**
 * Fuzzes a target, from the inputs that are kept
 */
export async function fuzz (target: string, seconds: number): Promise<Outcome> {
  const folder = folderOf(target)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(corpusOf(target), { recursive: true })

  for (const [i, input] of readCorpus(target).entries()) {
    writeFileSync(join(corpusOf(target), `kept-${i}`), input)
  }

  const { code, log } = await jazzer(target, [corpusOf(target)], [`-max_total_time=${seconds}`, `-max_len=${MAX_LENGTH}`])
  const said = readFileSync(log, 'utf8')

  // not said where an input that is kept fails
  const runs = Number(/^Done (\d+) runs/m.exec(said)?.[1] ?? 0)
  const coverage = Number([...said.matchAll(/\bcov: (\d+)/g)].at(-1)?.[1] ?? 0)
  const found = readdirSync(folder)
    .filter(name => /^(crash|timeout|oom|leak)-/.test(name))
    .map(name => readFileSync(join(folder, name)))

  if (found.length === 0 && (code !== 0 || coverage === 0)) {
    throw new Error(`Jazzer.js ended with exit code ${code}, see ${log}`)
  }

  return { runs, coverage, found, log }
}

/**
 * The least of the inputs of the last run that reach everything that they all do
 */
export async function minimize (target: string): Promise<Buffer[]> {
  const least = join(folderOf(target), 'least')
  mkdirSync(least)
  const { code, log } = await jazzer(target, [least, corpusOf(target)], ['-merge=1', '-use_counters=0'])

  if (code !== 0) {
    throw new Error(`Jazzer.js ended with exit code ${code}, see ${log}`)
  }

  return readdirSync(least).map(name => readFileSync(join(least, name)))
}

function folderOf (target: string): string {
  return join(ROOT, '.scratch', 'fuzz', target)
}

function corpusOf (target: string): string {
  return join(folderOf(target), 'corpus')
}

async function jazzer (target: string, corpora: string[], options: string[]): Promise<{ code: number, log: string }> {
  const folder = folderOf(target)
  const log = join(folder, 'log')
  const child = spawn(process.execPath, [
    CLI,
    join(ROOT, 'dist', 'fuzz', 'targets', `${target}.js`),
    ...corpora,
    ...GUIDES.flatMap(guide => ['--includes', guide]),
    '--timeout', `${TIMEOUT}`,
    '--',
    `-artifact_prefix=${folder}/`,
    ...options
  ], { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] })
  const file = createWriteStream(log, { flags: 'a' })
  child.stderr.pipe(file)
  const [[code]] = await Promise.all([once(child, 'exit'), once(file, 'finish')])

  return { code, log }
}
