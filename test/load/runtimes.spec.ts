import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'
import { ROOT } from '../docs/documents.ts'
import { firstMatch } from '../support/first-match.ts'
import type { ChildProcess } from 'node:child_process'

const PROGRAM = fileURLToPath(new URL('../support/runtime-program.js', import.meta.url))

describe('another runtime', () => {
  let child: ChildProcess

  afterEach(() => { child.kill('SIGKILL') })

  function start (runtime: string, ...args: string[]): ChildProcess {
    child = spawn(join(ROOT, 'node_modules/.bin', runtime), [...args, PROGRAM], { cwd: ROOT })

    return child
  }

  it('listens and dials, if it is Bun, and ends', async () => {
    const bun = start('bun', 'run')
    const exited = once(bun, 'exit')
    await firstMatch(bun, /^echoed 3000000\n/)

    expect(await exited).to.deep.equal([0, null])
  })

  it('listens and dials, if it is Deno', async () => {
    await firstMatch(start('deno', 'run', '--allow-all'), /^echoed 3000000\n/m)
  })

  it('throws a typed error where Deno may not load the native stack', async () => {
    const deno = start('deno', 'run', '--allow-read', '--allow-env', '--allow-sys', '--allow-net')

    await firstMatch(deno, /NativeStackError: node-datachannel could not be loaded/)
  })
})
