import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'aegir/chai'
import { ROOT } from '../docs/documents.ts'
import { firstMatch } from '../support/first-match.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { ChildProcess } from 'node:child_process'

const EXAMPLE = join(ROOT, 'examples/file-drop')

describe('the file drop', () => {
  const folder = temporaryFolder()
  let inbox: string
  let receiver: ChildProcess
  let address: string

  beforeEach(async () => {
    inbox = join(folder.path, 'inbox')
    await mkdir(inbox)
    receiver = spawn(process.execPath, [join(EXAMPLE, 'receive.js'), inbox])
    const [, found] = await firstMatch(receiver, /node send\.js (\/ip4\/127\.0\.0\.1\/\S+) FILE/)
    address = found
  })

  afterEach(async () => {
    const exited = once(receiver, 'exit')
    receiver.kill('SIGINT')
    expect(await exited).to.deep.equal([0, null])
  })

  async function send (path: string): Promise<{ code: number | null, output: string, errors: string }> {
    const child = spawn(process.execPath, [join(EXAMPLE, 'send.js'), address, path])
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])

    return { code, output, errors }
  }

  it('sends a file to a folder', async () => {
    for (const length of [0, 5, 3_000_000]) {
      const name = `${length} bytes`
      const content = randomBytes(length)
      await writeFile(join(folder.path, name), content)

      const { code, output, errors } = await send(join(folder.path, name))
      expect(code).to.equal(0, errors)
      expect(output).to.match(/SHA-256 [0-9a-f]{64}\n$/)
      expect((await readFile(join(inbox, name))).equals(content)).to.be.true()
    }
  })

  it('replaces no file that is there, and leaves nothing behind', async () => {
    await writeFile(join(folder.path, 'note'), 'new')
    await writeFile(join(inbox, 'note'), 'old')

    const { code, errors } = await send(join(folder.path, 'note'))
    expect(code).to.equal(1)
    expect(errors).to.include('was not sent')
    expect(await readdir(inbox)).to.deep.equal(['note'])
    expect(await readFile(join(inbox, 'note'), 'utf8')).to.equal('old')
  })
})
