import { expect } from 'aegir/chai'
import { share, sum } from '../../churn/crowd.ts'
import { allSucceed, exits, idles, noticedInTime, open, returns } from '../../churn/must-be.ts'
import type { Condition } from '../../churn/must-be.ts'
import type { Holdings, Outcome } from '../../churn/outcome.ts'

const HELD: Holdings = { rss: 100e6, heap: 20e6, threads: 17, descriptors: 26, handles: 4, cpu: 1, mainThread: 1, peerConnections: 0 }

const GOOD: Outcome = {
  before: HELD,
  after: HELD,
  report: { connections: 10, failures: {} },
  idle: { mainThread: 0.02, all: 0.1 },
  open: { connections: 10, streams: 20 },
  noticed: 31_000,
  ends: ['The process ended with 0', 'The process ended with 0'],
  load: 1
}

describe('what must come out of connections that are idle, closed or killed', () => {
  const broken: Array<[string, Condition, Partial<Outcome>]> = [
    ['an idle process takes too much', idles(0.03), { idle: { mainThread: 0.031, all: 0.1 } }],
    ['nothing was measured', idles(0.03), { idle: undefined }],
    ['a connection is lost meanwhile', open(10, 2), { open: { connections: 9, streams: 18 } }],
    ['a stream is lost meanwhile', open(10, 2), { open: { connections: 10, streams: 19 } }],
    ['a dial fails', allSucceed, { report: { connections: 9, failures: { Error: 1 } } }],
    ['nothing was dialed', allSucceed, { report: { connections: 0, failures: {} } }],
    ['the heap grows', returns, { after: { ...HELD, heap: 26e6 } }],
    ['a thread is left', returns, { after: { ...HELD, threads: 18 } }],
    ['a file is left open', returns, { after: { ...HELD, descriptors: 27 } }],
    ['a handle is left', returns, { after: { ...HELD, handles: 5 } }],
    ['a connection is left', returns, { after: { ...HELD, peerConnections: 1 } }],
    ['the other end notices late', noticedInTime, { noticed: 60_000 }],
    ['a process lives on', exits, { ends: ['The process ended with 0', undefined] }],
    ['a process ends with an error', exits, { ends: ['The process ended with SIGABRT'] }],
    ['no process was left to itself', exits, { ends: [] }]
  ]

  for (const [name, condition, change] of broken) {
    it(`does not hold where ${name}`, () => {
      expect(condition.broken({ ...GOOD, ...change })).to.be.a('string')
      expect(condition.broken(GOOD)).to.equal(undefined)
    })
  }
})

describe('a crowd', () => {
  it('does all of what is to be done, in parts that differ by one at most', () => {
    const parts = Array.from({ length: 7 }, (_, i) => share(100, 7, i))

    expect(parts.reduce((a, b) => a + b)).to.equal(100)
    expect(Math.max(...parts) - Math.min(...parts)).to.equal(1)
  })

  it('adds up what its processes report', () => {
    expect(sum([{ connections: 1, failures: { A: 1 } }, { connections: 2, failures: { A: 2, B: 1 } }]))
      .to.deep.equal({ connections: 3, failures: { A: 3, B: 1 } })
  })
})
