import { expect } from 'aegir/chai'
import { inParallel } from '../support/in-parallel.ts'
import { BY_ITSELF, runToEnd } from '../support/run-to-end.ts'
import type { End } from '../support/run-to-end.ts'

const SEEDS = Array.from({ length: 10 }, (_, i) => i + 1)

// in ms
const TIMEOUT = 30_000

describe('whatever order close, abort, stop, dial and streams come in', () => {
  let ends: End[]

  before(async function () {
    this.timeout(SEEDS.length * TIMEOUT)

    ends = await inParallel(SEEDS, async seed => runToEnd('any-order-process.js', `${seed}`, TIMEOUT))
  })

  SEEDS.forEach((seed, i) => {
    it(`nothing ends the process, and after stop() it exits by itself (${seed})`, () => {
      expect(ends[i]).to.include(BY_ITSELF)
      expect(ends[i].output).to.match(/^done with \d+ streams/)
    })
  })
})
