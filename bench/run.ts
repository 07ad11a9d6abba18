/* eslint-disable no-console */
/**
 * Measures this transport beside others, see README.md of the folder. The table
 * goes to standard output, what happens meanwhile to standard error.
 */
import { InvalidArgumentError } from 'commander'
import { tableCommand } from '../chaos/command.ts'
import { judge } from './bounds.ts'
import { FIGURE_NAMES, figure } from './figures.ts'
import { install } from './install.ts'
import { runAll } from './schedule.ts'
import { renderText, tableRows } from './table.ts'
import type { TableOptions } from '../chaos/command.ts'

interface Options extends TableOptions {
  rounds: number
}

async function main ({ quick, only, rounds }: Options): Promise<number> {
  const names = FIGURE_NAMES.filter(name => only?.test(figure(name).title) !== false)

  if (names.length === 0) {
    throw new Error('No figure has such a name')
  }

  await install(line => { console.error(line) })

  const measurements = await runAll({
    implementations: ['floor', 'peer', 'tcp', 'ours'],
    rounds,
    size: quick ? 'quick' : 'full',
    figures: names,
    onStep ({ round, task, implementation }) {
      console.error(`round ${round} of ${rounds}: ${task.name}, ${implementation}`)
    }
  })

  console.log(renderText(tableRows(measurements, names)))

  for (const { round, implementation, task, message } of measurements.failures) {
    console.log(`failed: ${implementation}, ${task}, round ${round}: ${message}`)
  }

  const verdicts = names.flatMap(name => judge(name, measurements))
  const passed = verdicts.filter(({ verdict }) => verdict === 'passed').length
  const failed = verdicts.length - passed
  console.log(`${passed} passed, ${failed} failed`)

  return failed === 0 ? 0 : 1
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
  quick: 'less of each, and only whether it has become slower beside the others',
  row: 'figure',
  run: main
})
  .option('--rounds <number>', 'how often each is measured', parseRounds, 5)
  .parseAsync()
