/**
 * Installs what only the benchmark needs, in its own folder.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = fileURLToPath(new URL('../../bench', import.meta.url))

/**
 * What was installed: a copy of the lockfile
 */
const STAMP = join(FOLDER, 'node_modules', '.installed-lockfile')

/**
 * Does nothing if it has been done
 *
 * @throws {Error} if it can't be installed
 */
export async function install (say: (line: string) => void): Promise<void> {
  const lockfile = readFileSync(join(FOLDER, 'package-lock.json'), 'utf8')

  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lockfile) {
    return
  }

  say('installing the packages of bench/')

  // as the lockfile has it, which "npm ci" refuses: not every registry has what QUIC
  // needs on other systems
  const child = spawn('npm', ['install', '--no-save', '--no-audit', '--no-fund'], {
    cwd: FOLDER,

    // what it says is progress; standard output is for results
    stdio: ['ignore', 2, 2]
  })
  const [code] = await once(child, 'close')

  if (code !== 0) {
    throw new Error(`The packages of bench/ were not installed, npm ended with exit code ${code}`)
  }

  writeFileSync(STAMP, lockfile)
}
