/**
 * Runs the tests with hostile bytes for a while: `--minutes 10` for all of them
 * together, then what mocha takes.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'

/**
 * How many properties there are in `test/hostile`, which take turns
 */
const PROPERTIES = 14

const { values: { minutes }, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '10' } },
  allowPositionals: true
})
const seconds = Math.ceil(Number(minutes) * 60 / PROPERTIES)

if (!(seconds > 0)) {
  console.error(`--minutes must be a number above 0, not ${minutes}`) // eslint-disable-line no-console
  process.exit(2)
}

const { status } = spawnSync(process.execPath, ['scripts/test.js', 'hostile', ...positionals], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_SECONDS: `${seconds}` }
})
process.exitCode = status ?? 1
