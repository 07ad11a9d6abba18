/* eslint-disable no-console */
/**
 * A command that plays judged rows one after another. The table goes to standard
 * output, what happens meanwhile to standard error.
 */
import { buildPeers } from '../interop/build.ts'
import { tableCommand } from './command.ts'
import { writeTable } from './document.ts'
import { judge, renderMarkdown, renderResult } from './judged.ts'
import type { TableOptions } from './command.ts'
import type { Script } from './document.ts'
import type { JudgedRow, Result } from './judged.ts'

interface JudgedRows<Row, Outcome> {
  script: Script
  description: string
  rows (size: 'full' | 'quick'): Row[]
  runTrial (row: Row): Promise<Outcome>

  /**
   * The columns of what came out, and what stands in them
   */
  columns: string[]
  describe (outcome: Outcome): Record<string, string>
}

export async function runJudgedRows <Outcome, Row extends JudgedRow<Outcome> & { implementation: string }> (init: JudgedRows<Row, Outcome>): Promise<void> {
  const { script, description, rows, runTrial, columns, describe } = init

  async function run ({ quick, only, markdown }: TableOptions): Promise<number> {
    const start = performance.now()
    const chosen = rows(quick ? 'quick' : 'full').filter(({ name }) => only?.test(name) !== false)
    const results: Array<Result<Row, Outcome>> = []

    if (chosen.length === 0) {
      throw new Error('No row has such a name')
    }

    if (chosen.some(({ implementation }) => implementation === 'go-libp2p')) {
      await buildPeers(new Set(['go']), line => { console.error(line) })
    }

    for (const [i, row] of chosen.entries()) {
      console.error(`[${i + 1}/${chosen.length}] ${row.name}`)
      const result = judge<Outcome, Row>(row, await runTrial(row).catch(err => err))
      results.push(result)
      console.log(renderResult(result, describe))
    }

    const failed = results.filter(({ reasons }) => reasons.length > 0).length
    const passed = results.filter(({ row, reasons }) => row.mustBe.length > 0 && reasons.length === 0).length

    if (markdown != null) {
      writeTable(markdown, script, renderMarkdown(results, columns, describe), { quick, took: performance.now() - start })
    }

    console.log(`${passed} passed, ${failed} failed`)

    return failed === 0 ? 0 : 1
  }

  await tableCommand({
    script,
    description,
    quick: 'less of each, and without other implementations',
    row: 'row',
    run
  }).parseAsync()
}
