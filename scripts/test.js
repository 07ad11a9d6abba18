/**
 * Runs tests with mocha, built before. Takes folders, below `test/` or the root,
 * then arguments for mocha. Without a folder it runs all of `test/` but the load
 * tests, which are slow on purpose.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const SLOW = 'test/load'

const args = process.argv.slice(2)
const folders = []

while (args[0] != null && !args[0].startsWith('-')) {
  const name = args.shift()
  const folder = [join('test', name), name].find(path => existsSync(path))

  if (folder == null) {
    console.error(`There is no folder of tests with the name ${name}`) // eslint-disable-line no-console
    process.exit(2)
  }

  folders.push(folder)
}

/**
 * From the sources: what was built may be there still of what was renamed since
 *
 * @param folder
 */
function specs (folder) {
  return readdirSync(folder, { recursive: true })
    .filter(path => path.endsWith('.spec.ts'))
    .map(path => join(folder, path))
    .sort()
}

const chosen = folders.length > 0
  ? folders.flatMap(specs)
  : specs('test').filter(path => !path.startsWith(SLOW))

const { status } = spawnSync('mocha', [...chosen.map(path => join('dist', path.replace(/\.ts$/, '.js'))), ...args], { stdio: 'inherit' })

process.exitCode = status ?? 1
