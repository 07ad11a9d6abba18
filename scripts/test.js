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
 * Tests that start a process or a browser each and wait for it, those that wait until a
 * connection is lost, and so many others that both halves take as long
 */
const WAITING = [
  ...['cli', 'docs', 'chaos', 'flood', 'churn', 'soak', 'streams'].map(folder => join('test', folder, '/')),
  ...['amplification', 'dead-addresses', 'docs-', 'documented-', 'example-', 'killed-', 'lost', 'native-walk'].map(name => join('test', 'load', name)),
  ...['leaving', 'many-', 'only-ice', 'page-access'].map(name => join('test', 'browser', name))
]

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

/**
 * Those that mostly wait beside the others. Resolves to the exit code.
 *
 * @param {string[]} specs
 */
async function onTwoCores (specs) {
  const waiting = specs.filter(path => WAITING.some(start => path.startsWith(start)))
  const others = specs.filter(path => !waiting.includes(path))

  if (waiting.length === 0 || others.length === 0) {
    return mocha(specs, [])
  }

  const shown = mocha(others, [])
  const codes = await Promise.all([shown, mocha(waiting, process.stdout.isTTY ? ['--color'] : [], shown)])

  return codes.find(code => code !== 0) ?? 0
}

const args = process.argv.slice(2)
const chosen = []

while (args[0] != null && !args[0].startsWith('-')) {
  chosen.push(...specs(args.shift()))
}

if (args.length > 0) {
  process.exitCode = await mocha(chosen.length > 0 ? chosen : together(), args)
} else {
  process.exitCode = await onTwoCores(chosen.length > 0 ? chosen : together())
}
