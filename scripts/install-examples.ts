/* eslint-disable no-console */
/**
 * Installs what examples need that have a manifest of their own.
 */
import { globSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXACT, install } from './install-folder.ts'

for (const lockfile of globSync('examples/*/package-lock.json')) {
  await install(dirname(lockfile), line => { console.error(line) }, EXACT)
}
