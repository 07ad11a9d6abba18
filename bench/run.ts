/* eslint-disable no-console */
/**
 * Measures this transport beside others, see README.md of the folder. The table
 * goes to standard output, what happens meanwhile to standard error.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { tableCommand } from '../chaos/command.ts'
import { renderTable, writeTable } from '../chaos/document.ts'
import { install } from '../scripts/install-folder.ts'
import { available } from './available.ts'
import { baselineOf, compare, readBaseline, renderComparison, writeBaseline } from './baseline.ts'
import { judge } from './bounds.ts'
import { CHARTS, renderChart } from './chart.ts'
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { FIGURE_NAMES, figure } from './figures.ts'
import { Progress } from './progress.ts'
import { report } from './report.ts'
import { plan, runAll } from './schedule.ts'
import { renderText, tableRows } from './table.ts'
import type { Implementation } from './ends/implementations.ts'
import type { FigureName } from './figures.ts'
import type { Measurements } from './measurements.ts'
import type { TableOptions } from '../chaos/command.ts'

interface Options extends TableOptions {
  rounds?: number

  /**
   * Whether the ratios of this run are those that later ones are compared with
   */
  writeBaseline: boolean

  /**
   * Which file all values are written into
   */
  json?: string

  /**
   * Which folder the charts are written into
   */
  charts?: string

  /**
   * Whether implementations are measured too that nothing has to be compared with
   */
  all: boolean
}

async function main (options: Options): Promise<number> {
  const { only, quick } = options
  const start = performance.now()
  const wanted = FIGURE_NAMES.filter(name => only?.test(figure(name).title) !== false)

  if (wanted.length === 0) {
    throw new Error('No figure has such a name')
  }

  const say = (line: string): void => { console.error(line) }
  await install('bench', say)

  const asked = (Object.keys(IMPLEMENTATIONS) as Implementation[]).filter(name => options.all || !IMPLEMENTATIONS[name].isExtra)
  const steps = plan({
    implementations: await available(asked, say),
    rounds: options.rounds ?? (quick ? 3 : 5),
    size: quick ? 'quick' : 'full',
    figures: wanted
  })
  const progress = new Progress(process.stderr, steps)
  const measurements = await runAll(steps, quick ? 'quick' : 'full', progress)
  const measured = wanted.filter(name => steps.some(({ task }) => task.figures.includes(name)))

  progress.close()
  console.log(renderText(tableRows(measurements, measured)))

  for (const { round, implementation, task, message } of measurements.failures) {
    console.log(`failed: ${implementation}, ${task}, round ${round}: ${message}`)
  }

  if (options.json != null) {
    writeFileSync(options.json, `${JSON.stringify(report(measurements, measured, new Date()), undefined, 2)}\n`)
  }

  if (options.charts != null) {
    mkdirSync(options.charts, { recursive: true })

    for (const chart of CHARTS) {
      writeFileSync(join(options.charts, `${chart.name}.svg`), renderChart(chart, measurements))
    }
  }

  if (options.markdown != null) {
    const [head, ...rows] = tableRows(measurements, measured)
    writeTable(options.markdown, 'bench', renderTable(head, rows), { quick, took: performance.now() - start })
  }

  if (options.writeBaseline) {
    writeBaseline({ ...only == null ? {} : readBaseline(), ...baselineOf(measurements, measured) })
  }

  const { passed, failed } = quick ? countFallen(measurements, measured) : countMissed(measurements, measured)
  console.log(`${passed} passed, ${failed} failed`)

  return failed === 0 ? 0 : 1
}

interface Counts {
  passed: number
  failed: number
}

/**
 * Less of everything is enough to see whether it has become slower
 */
function countFallen (measurements: Measurements, names: FigureName[]): Counts {
  const comparisons = compare(measurements, names, readBaseline())
  const failed = comparisons.filter(({ hasFallen }) => hasFallen).length

  for (const comparison of comparisons) {
    console.log(renderComparison(comparison))
  }

  return { passed: comparisons.length - failed, failed }
}

function countMissed (measurements: Measurements, names: FigureName[]): Counts {
  const verdicts = names.flatMap(name => judge(name, measurements))
  const passed = verdicts.filter(({ verdict }) => verdict === 'passed').length

  return { passed, failed: verdicts.length - passed }
}

function parseRounds (text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number from 1.')
  }

  return Number(text)
}

await tableCommand<Options>({
  script: 'bench',
  description: 'Measure this transport beside others, two processes each',
  quick: 'less of each, and only whether a ratio has fallen by more than 25 % since the baseline',
  row: 'figure',
  run: main
})
  .option('--rounds <number>', 'how often each is measured (default: 5, and 3 with --quick)', parseRounds)
  .option('--all', 'measure QUIC and go-libp2p too, where they run', false)
  .option('--json <file>', 'write all values into a file')
  .option('--charts <folder>', 'write the charts into a folder')
  .option('--write-baseline', 'compare later runs with the ratios of this one', false)
  .parseAsync()
