/**
 * Installs what only one folder needs, there.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * As the lockfile has it, or an error
 */
export const EXACT = ['ci']

/**
 * As the lockfile has it, also where "npm ci" refuses it: not every registry has what
 * QUIC needs on other systems
 */
const AS_FAR_AS_THERE_IS = ['install', '--no-save']

/**
 * Does nothing if it has been done
 *
 * @throws {Error} if it can't be installed
 */
export async function install (name: string, say: (line: string) => void, how: string[] = AS_FAR_AS_THERE_IS): Promise<void> {
  const folder = fileURLToPath(new URL(`../../${name}`, import.meta.url))
  const lockfile = readFileSync(join(folder, 'package-lock.json'), 'utf8')

  // what was installed: a copy of the lockfile
  const stamp = join(folder, 'node_modules', '.installed-lockfile')

  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockfile) {
    return
  }

  say(`installing the packages of ${name}/`)

  const child = spawn('npm', [...how, '--no-audit', '--no-fund'], {
    cwd: folder,

    // what it says is progress; standard output is for results
    stdio: ['ignore', 2, 2]
  })
  const [code] = await once(child, 'close')

  if (code !== 0) {
    throw new Error(`The packages of ${name}/ were not installed, npm ended with exit code ${code}`)
  }

  writeFileSync(stamp, lockfile)
}
