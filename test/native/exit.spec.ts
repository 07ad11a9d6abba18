import { expect } from 'aegir/chai'
import { BY_ITSELF, runToEnd } from '../support/run-to-end.ts'

describe('a channel that the remote has closed', () => {
  for (const remembered of ['in an error', 'for a while']) {
    it(`does not keep the process alive where it is remembered ${remembered}`, async () => {
      // the garbage collector comes by itself after eight seconds or so
      expect(await runToEnd('exit-process.js', remembered, 6_000)).to.include(BY_ITSELF)
    })
  }

  it('does not keep a process alive that is about to measure the delay of its event loop', async () => {
    expect(await runToEnd('exit-process.js', 'beside a histogram', 6_000)).to.include(BY_ITSELF)
  })

  it('does not keep a process alive that mocks its timers for a while', async () => {
    expect(await runToEnd('exit-process.js', 'while timers are mocked', 6_000)).to.include(BY_ITSELF)
  })
})
