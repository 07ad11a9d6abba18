/* eslint-disable no-console */
/**
 * Runs the table of floods, see SECURITY.md. The table goes to standard output,
 * what happens meanwhile to standard error.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, type } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { replaceTable } from '../chaos/document.ts'
import { buildPeers } from '../interop/build.ts'
import { rows } from './rows.ts'
import { judge, renderMarkdown, renderResult } from './table.ts'
import { runTrial } from './trial.ts'
import type { Result } from './table.ts'

interface Options {
  quick: boolean
  row?: RegExp
  markdown?: string
}

async function main ({ quick, row: pattern, markdown }: Options): Promise<number> {
  const start = performance.now()
  const chosen = rows(quick ? 'quick' : 'full').filter(({ name }) => pattern?.test(name) !== false)
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
    const table = `${circumstances(quick, performance.now() - start)}\n\n${renderMarkdown(results)}`
    writeFileSync(markdown, replaceTable(readFileSync(markdown, 'utf8'), table, 'flood'))
  }

  console.log(`${passed} passed, ${failed} failed`)

  return failed === 0 ? 0 : 1
}

function circumstances (quick: boolean, took: number): string {
  return `${new Date().toISOString().slice(0, 10)}, in ${Math.round(took / 60_000)} minutes${quick ? ' (`--quick`)' : ''}, Node.js ${process.version}, ${type()} ${release()} ${process.arch}, ${availableParallelism()} cores (${cpus()[0].model.trim()}), which the flooder and the dialers share.`
}

function parsePattern (text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch (err: any) {
    throw new InvalidArgumentError(err.message)
  }
}

process.once('SIGINT', () => { process.exit(130) })
process.once('SIGTERM', () => { process.exit(143) })

const program = new Command('npm run flood --')
  .description('Run the table of floods against a listener')
  .option('--quick', 'less of each, and without other implementations', false)
  .option('--row <regex>', 'only rows whose name matches', parsePattern)
  .option('--markdown <file>', 'write the table between the markers of a document')
  .action(async (options: Options) => {
    try {
      if (options.markdown != null && options.row != null) {
        throw new Error('A document has the whole table: leave --row out')
      }

      process.exitCode = await main(options)
    } catch (err: any) {
      console.error(err.message)
      process.exitCode = 1
    }
  })

await program.parseAsync()
