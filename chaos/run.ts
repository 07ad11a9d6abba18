/* eslint-disable no-console */
/**
 * Runs the table of paths, see docs/networks.md. The table goes to standard
 * output, what happens meanwhile to standard error.
 */
import { InvalidArgumentError } from 'commander'
import { tableCommand } from './command.ts'
import { writeTable } from './document.ts'
import { paths } from './paths.ts'
import { runAll } from './schedule.ts'
import { summarize } from './summary.ts'
import { renderHead, renderMarkdown, renderRow } from './table.ts'
import type { TableOptions } from './command.ts'
import type { Path } from './paths.ts'
import type { Row } from './row.ts'

interface Options extends TableOptions {
  runs?: number
  json: boolean
  onlyOurs: boolean
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
    writeTable(options.markdown, 'chaos', renderMarkdown(rows), { quick: options.quick, took: performance.now() - start })
  }

  console.log(options.json ? JSON.stringify({ passed, failed: rows.length - passed }) : counts)

  return passed === rows.length ? 0 : 1
}

function choose ({ quick, only, runs, onlyOurs }: Options): Path[] {
  const chosen = paths(quick ? 'quick' : 'full')
    .filter(({ name }) => only?.test(name) !== false)
    .map(path => ({ ...path, runs: runs ?? path.runs, peer: path.peer && !onlyOurs }))

  if (chosen.length === 0) {
    throw new Error('No path has such a name')
  }

  return chosen
}

function parseRuns (text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number from 1.')
  }

  return Number(text)
}

const program = tableCommand({
  script: 'chaos',
  description: 'Run the table of bad networks, side by side with @libp2p/webrtc',
  quick: 'fewer bytes and runs',
  row: 'path',
  run: main
})

await program
  .option('--runs <number>', 'how often to run each path', parseRuns)
  .option('--only-ours', 'without @libp2p/webrtc: comparisons are not made', false)
  .option('--json', 'print one JSON object a row, with everything that was measured', false)
  .parseAsync()
