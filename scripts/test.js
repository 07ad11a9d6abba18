/**
 * Runs tests with mocha, built before. Takes names of folders or specs, below
 * `test/` or the root, then arguments for mocha. Without a name it runs all of
 * `test/` but the load tests, which are slow on purpose.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const SLOW = join('test', 'load')

const args = process.argv.slice(2)
const chosen = []

while (args[0] != null && !args[0].startsWith('-')) {
  chosen.push(...specs(args.shift()))
}

if (chosen.length === 0) {
  chosen.push(...specsIn('test').filter(path => !path.startsWith(join(SLOW, '/'))))
}

/**
 * The specs of a folder, or the one of that name
 *
 * @param {string} name
 */
function specs (name) {
  for (const path of [join('test', name), name]) {
    const found = existsSync(path) ? specsIn(path) : [`${path}.spec.ts`].filter(path => existsSync(path))

    if (found.length > 0) {
      return found
    }
  }

  console.error(`There are no tests with the name ${name}`) // eslint-disable-line no-console
  process.exit(2)
}

/**
 * From the sources: what was built may be there still of what was renamed since
 *
 * @param {string} folder
 */
function specsIn (folder) {
  return readdirSync(folder, { recursive: true })
    .filter(path => path.endsWith('.spec.ts'))
    .map(path => join(folder, path))
    .sort()
}

const { status } = spawnSync('mocha', [...chosen.map(path => join('dist', path.replace(/\.ts$/, '.js'))), ...args], { stdio: 'inherit' })

process.exitCode = status ?? 1
