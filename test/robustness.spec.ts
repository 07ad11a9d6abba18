import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'aegir/chai'

const SEEDS = 10

describe('whatever order close, abort, stop, dial and streams come in', function () {
  this.timeout(60_000)

  for (let seed = 1; seed <= SEEDS; seed++) {
    it(`nothing ends the process, and after stop() it exits by itself (${seed})`, async () => {
      const child = fork(fileURLToPath(new URL('./chaos-process.js', import.meta.url)), [`${seed}`], { silent: true })
      let output = ''
      let errors = ''
      child.stdout?.on('data', data => { output += data })
      child.stderr?.on('data', data => { errors += data })

      const [code, signal] = await once(child, 'exit')

      expect({ code, signal, errors }).to.deep.equal({ code: 0, signal: null, errors: '' })
      expect(output).to.match(/^done with \d+ streams/)
    })
  }
})
