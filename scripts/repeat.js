/* eslint-disable no-console */
/**
 * Runs tests many times in a row, and stops at the first run that fails. Takes
 * the number of runs, then what `test.js` takes. Without a name it runs all of
 * `test/`, the load tests and those in browsers too.
 */
import { spawnSync } from 'node:child_process'

const [runs, ...args] = process.argv.slice(2)

if (args[0] == null || args[0].startsWith('-')) {
  args.unshift('.')
}

if (!/^[1-9]\d*$/.test(runs)) {
  console.error('usage: repeat.js RUNS [names] [mocha\'s arguments]')
  process.exit(2)
}

for (let run = 1; run <= Number(runs); run++) {
  const { status } = spawnSync('node', ['scripts/test.js', ...args, '--reporter', 'dot'], { stdio: 'inherit' })

  if (status !== 0) {
    console.error(`run ${run} of ${runs} failed`)
    process.exit(1)
  }

  console.log(`run ${run} of ${runs} passed`)
}
