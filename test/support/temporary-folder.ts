import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A folder that each test has to itself, empty at its beginning
 */
export function temporaryFolder (): { readonly path: string } {
  const folder = { path: '' }

  beforeEach(async () => {
    folder.path = await mkdtemp(join(tmpdir(), 'webrtc-direct-test-'))
  })

  afterEach(async () => {
    await rm(folder.path, { recursive: true })
  })

  return folder
}
