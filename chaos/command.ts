/* eslint-disable no-console */
/**
 * A command that measures a table row by row.
 */
import { Command, InvalidArgumentError } from 'commander'
import type { Script } from './document.ts'

export interface TableOptions {
  quick: boolean

  /**
   * Which rows, by their names
   */
  only?: RegExp

  /**
   * Which document the table is written into
   */
  markdown?: string
}

interface TableCommand<T extends TableOptions> {
  script: Script
  description: string
  quick: string

  /**
   * What a row is called
   */
  row: string

  /**
   * Returns the exit code
   */
  run (options: T): Promise<number>
}

export function tableCommand<T extends TableOptions> ({ script, description, quick, row, run }: TableCommand<T>): Command {
  process.once('SIGINT', () => { process.exit(130) })
  process.once('SIGTERM', () => { process.exit(143) })

  return new Command(`npm run ${script} --`)
    .description(description)
    .option('--quick', quick, false)
    .option(`--${row} <regex>`, `only ${row}s whose name matches`, parsePattern)
    .option('--markdown <file>', 'write the table between the markers of a document')
    .action(async (values: T & Record<string, RegExp | undefined>) => {
      try {
        if (values.markdown != null && values[row] != null) {
          throw new Error(`A document has the whole table: leave --${row} out`)
        }

        process.exitCode = await run({ ...values, only: values[row] })
      } catch (err: any) {
        console.error(err.message)
        process.exitCode = 1
      }
    })
}

function parsePattern (text: string): RegExp {
  try {
    return new RegExp(text, 'i')
  } catch (err: any) {
    throw new InvalidArgumentError(err.message)
  }
}
