/* eslint-disable no-console */
/**
 * Installs what examples need that have a manifest of their own. What was installed
 * before from the same lock file stays.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

for (const lock of globSync('examples/*/package-lock.json')) {
  const folder = dirname(lock)
  const copy = join(folder, 'node_modules/.installed-from')
  const wanted = readFileSync(lock, 'utf8')

  if (existsSync(copy) && readFileSync(copy, 'utf8') === wanted) {
    continue
  }

  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit' })

  if (status !== 0) {
    console.error(`What ${folder} needs could not be installed`)
    process.exit(1)
  }

  writeFileSync(copy, wanted)
}
