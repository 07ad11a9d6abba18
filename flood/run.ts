/**
 * Runs the table of floods, see SECURITY.md.
 */
import { runJudgedRows } from '../chaos/judged-rows.ts'
import { describe } from './describe.ts'
import { rows } from './rows.ts'
import { runTrial } from './trial.ts'

await runJudgedRows({
  script: 'flood',
  description: 'Run the table of floods against a listener',
  rows,
  runTrial,
  columns: ['honest dials', 'the listener'],
  describe
})
