/* eslint-disable no-console */
/**
 * Runs the table of connections that are idle, made, closed and killed, see SECURITY.md.
 * The table goes to standard output,
 * what happens meanwhile to standard error.
 */
import { tableCommand } from '../chaos/command.ts'
import { writeTable } from '../chaos/document.ts'
import { buildPeers } from '../interop/build.ts'
import { rows } from './rows.ts'
import { judge, renderMarkdown, renderResult } from './table.ts'
import { runTrial } from './trial.ts'
import type { Result } from './table.ts'
import type { TableOptions } from '../chaos/command.ts'

async function main ({ quick, only, markdown }: TableOptions): Promise<number> {
  const start = performance.now()
  const chosen = rows(quick ? 'quick' : 'full').filter(({ name }) => only?.test(name) !== false)
  const results: Result[] = []

  if (chosen.length === 0) {
    throw new Error('No row has such a name')
  }

  if (chosen.some(({ implementation }) => implementation === 'go-libp2p')) {
    await buildPeers(new Set(['go']), line => { console.error(line) })
  }

  for (const [i, row] of chosen.entries()) {
    console.error(`[${i + 1}/${chosen.length}] ${row.name}`)
    const result = judge(row, await runTrial(row).catch(err => err))
    results.push(result)
    console.log(renderResult(result))
  }

  const failed = results.filter(({ reasons }) => reasons.length > 0).length
  const passed = results.filter(({ row, reasons }) => row.mustBe.length > 0 && reasons.length === 0).length

  if (markdown != null) {
    writeTable(markdown, 'churn', renderMarkdown(results), { quick, took: performance.now() - start })
  }

  console.log(`${passed} passed, ${failed} failed`)

  return failed === 0 ? 0 : 1
}

await tableCommand({
  script: 'churn',
  description: 'Run the table of connections that are idle, made, closed and killed',
  quick: 'less of each, and without other implementations',
  row: 'row',
  run: main
}).parseAsync()
