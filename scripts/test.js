/**
 * Runs tests with mocha, built before. Takes names of folders or specs, below
 * `test/` or the root, then arguments for mocha. Without a name it runs all of
 * `test/` but the load tests, which are slow on purpose, those in browsers and
 * with Prometheus, which need one, and those of examples that install packages.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'

const APART = ['load', 'browser', 'prometheus', 'examples-installed'].map(folder => join('test', folder, '/'))

/**
 * Tests that start a process each and wait for it, and those that mock the timers of
 * their process: a timer of the native stack that was set meanwhile
 * (`native/lifetime.ts`) would never fire, and keep the process alive
 */
const WAITING = ['cli', 'docs', 'chaos', 'flood', 'churn', 'soak', 'streams'].map(folder => join('test', folder, '/'))

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

/**
 * Those of a run without names
 */
function together () {
  return specsIn('test').filter(path => !APART.some(folder => path.startsWith(folder)))
}

/**
 * Resolves to the exit code
 *
 * @param {string[]} specs
 * @param {string[]} args
 * @param {Promise<unknown>} [shown] - what it prints is held back until then
 */
async function mocha (specs, args, shown) {
  const files = specs.map(path => join('dist', path.replace(/\.ts$/, '.js')))
  const child = spawn('mocha', [...files, ...args], { stdio: ['inherit', shown == null ? 'inherit' : 'pipe', 'inherit'] })
  const [output, [code]] = await Promise.all([child.stdout == null ? '' : buffer(child.stdout), once(child, 'exit')])
  await shown
  process.stdout.write(output)

  return code ?? 1
}

const args = process.argv.slice(2)
const chosen = []

while (args[0] != null && !args[0].startsWith('-')) {
  chosen.push(...specs(args.shift()))
}

if (chosen.length > 0) {
  process.exitCode = await mocha(chosen, args)
} else if (args.length > 0) {
  process.exitCode = await mocha(together(), args)
} else {
  // all of them, on two cores
  const all = together()
  const waiting = all.filter(path => WAITING.some(folder => path.startsWith(folder)))
  const others = mocha(all.filter(path => !waiting.includes(path)), [])
  const codes = await Promise.all([others, mocha(waiting, process.stdout.isTTY ? ['--color'] : [], others)])

  process.exitCode = codes.find(code => code !== 0) ?? 0
}
