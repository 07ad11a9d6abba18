import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'

const SEEDS = 10

/**
 * Runs a program, which has to exit by itself, in time. The timeout is in ms.
 * Returns its output.
 */
async function runToEnd (program: string, arg: string, timeout: number): Promise<string> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [arg], { silent: true, timeout })
  let output = ''
  let errors = ''
  child.stdout?.on('data', data => { output += data })
  child.stderr?.on('data', data => { errors += data })

  const [code, signal] = await once(child, 'exit')
  expect({ code, signal, errors }).to.deep.equal({ code: 0, signal: null, errors: '' })

  return output
}

describe('whatever order close, abort, stop, dial and streams come in', function () {
  this.timeout(60_000)

  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`nothing ends the process, and after stop() it exits by itself (${seed})`, async () => {
      expect(await runToEnd('../support/any-order-process.js', `${seed}`, 30_000)).to.match(/^done with \d+ streams/)
    })
  }
})

describe('a channel that the remote has closed', () => {
  for (const remembered of ['in an error', 'for a while']) {
    it(`does not keep the process alive where it is remembered ${remembered}`, async () => {
      // the garbage collector comes by itself after eight seconds or so
      await runToEnd('../support/exit-process.js', remembered, 6_000)
    })
  }
})
