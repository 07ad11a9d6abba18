/**
 * Runs the table of connections that are idle, made, closed and killed, see SECURITY.md.
 */
import { runJudgedRows } from '../chaos/judged-rows.ts'
import { describe } from './describe.ts'
import { rows } from './rows.ts'
import { runTrial } from './trial.ts'

await runJudgedRows({
  script: 'churn',
  description: 'Run the table of connections that are idle, made, closed and killed',
  rows,
  runTrial,
  columns: ['what came out'],
  describe
})
