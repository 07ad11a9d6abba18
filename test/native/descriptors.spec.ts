import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'

const PROGRAM = fileURLToPath(new URL('../support/descriptors-process.js', import.meta.url))

describe('a process without file descriptors', function () {
  this.timeout(60_000)

  it('gets an error for a dial and a listener, and lives on', async () => {
    const child = spawn('sh', ['-c', 'ulimit -n 64 && exec "$0" "$1"', process.execPath, PROGRAM], { timeout: 30_000 })
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])

    expect({ code, errors }).to.deep.equal({ code: 0, errors: '' })
    expect(output.trim().split(',')).to.have.members(['EMFILE', 'ListenError', 'ConnectionFailedError', 'fine'])
  })
})
