import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkKeyFile } from '../../test/hostile/invariants/key-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
process.once('exit', () => { rmSync(folder, { recursive: true }) })

export async function fuzz (bytes: Uint8Array): Promise<void> {
  await checkKeyFile(join(folder, 'node.key'), bytes)
}
