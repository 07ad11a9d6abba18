/* eslint-disable no-console */
/**
 * Runs the table of paths, see docs/networks.md. The table goes to standard
 * output, what happens meanwhile to standard error.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { replaceTable } from './document.ts'
import { paths } from './paths.ts'
import { runAll } from './schedule.ts'
import { summarize } from './summary.ts'
import { renderHead, renderMarkdown, renderRow } from './table.ts'
import type { Path } from './paths.ts'
import type { Row } from './row.ts'

interface Options {
  quick: boolean
  path?: RegExp
  runs?: number
  json: boolean
  onlyOurs: boolean
  markdown?: string
}

async function main (options: Options): Promise<number> {
  const start = performance.now()
  const chosen = choose(options)
  const total = chosen.reduce((sum, { runs, peer }) => sum + runs * (peer ? 2 : 1), 0)
  const rows: Row[] = []
  let done = 0

  if (!options.json) {
    console.log(renderHead())
  }

  await runAll({
    paths: chosen,
    onTrial ({ name }, run, implementation, outcome, ms) {
      const position = `${++done}`.padStart(`${total}`.length)
      console.error(`[${position}/${total}] ${name}: ${implementation}, run ${run}, ${(ms / 1_000).toFixed(1)} s: ${summarize([outcome])}`)
    },
    onRow (row, outcomes) {
      rows.push(row)
      console.log(options.json ? JSON.stringify({ ...row, outcomes }) : renderRow(row))
    }
  })

  const passed = rows.filter(({ verdict }) => verdict === 'passed').length
  const counts = `${passed} passed, ${rows.length - passed} failed`

  for (const { path, reasons } of rows.filter(({ verdict }) => verdict === 'FAILED')) {
    const text = [`failed: ${path}`, ...reasons.map(reason => `    ${reason}`)].join('\n')
    options.json ? console.error(text) : console.log(text)
  }

  if (options.markdown != null) {
    const table = `${circumstances(options, performance.now() - start)}\n\n${renderMarkdown(rows)}`
    writeFileSync(options.markdown, replaceTable(readFileSync(options.markdown, 'utf8'), table, 'chaos'))
  }

  console.log(options.json ? JSON.stringify({ passed, failed: rows.length - passed }) : counts)

  return passed === rows.length ? 0 : 1
}

function choose ({ quick, path: pattern, runs, onlyOurs }: Options): Path[] {
  const chosen = paths(quick ? 'quick' : 'full')
    .filter(({ name }) => pattern?.test(name) !== false)
    .map(path => ({ ...path, runs: runs ?? path.runs, peer: path.peer && !onlyOurs }))

  if (chosen.length === 0) {
    throw new Error('No path has such a name')
  }

  return chosen
}

function circumstances ({ quick }: Options, took: number): string {
  return `${new Date().toISOString().slice(0, 10)}, in ${Math.round(took / 60_000)} minutes${quick ? ' (`--quick`)' : ''}, Node.js ${process.version}, ${type()} ${release()} ${process.arch}, ${availableParallelism()} cores (${cpus()[0].model.trim()}).`
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

process.once('SIGINT', () => { process.exit(130) })
process.once('SIGTERM', () => { process.exit(143) })

const program = new Command('npm run chaos --')
  .description('Run the table of bad networks, side by side with @libp2p/webrtc')
  .option('--quick', 'fewer bytes and runs', false)
  .option('--path <regex>', 'only paths whose name matches', parsePattern)
  .option('--runs <number>', 'how often to run each path', parseRuns)
  .option('--only-ours', 'without @libp2p/webrtc: comparisons are not made', false)
  .option('--json', 'print one JSON object a row, with everything that was measured', false)
  .option('--markdown <file>', 'write the table between the markers of a document')
  .action(async (options: Options) => {
    try {
      if (options.markdown != null && options.path != null) {
        throw new Error('A document has the whole table: leave --path out')
      }

      process.exitCode = await main(options)
    } catch (err: any) {
      console.error(err.message)
      process.exitCode = 1
    }
  })

await program.parseAsync()
