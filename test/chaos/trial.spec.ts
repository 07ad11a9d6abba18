import { expect } from 'aegir/chai'
import { failuresOf, isAlive, isComplete, isWhole } from '../../chaos/outcome.ts'
import { runTrial } from '../../chaos/trial.ts'
import type { TrialInit } from '../../chaos/trial.ts'

const TRIAL: TrialInit = {
  network: { delay: 5 },
  task: { do: 'transfer', what: 'echo', bytes: 200_000, pingEvery: 10 },
  implementation: 'ours',
  monitor: false,
  seed: 1,
  limit: 30_000
}

describe('trial', () => {
  it('sends everything there and back through the network', async () => {
    const outcome = await runTrial(TRIAL)

    expect(failuresOf(outcome)).to.be.empty()
    expect(isComplete(outcome)).to.be.true()
    expect(isAlive(outcome)).to.be.true()
    expect(outcome).to.have.nested.property('pings[0].answered').that.is.at.least(20)
  })

  it('does the same with the peer', async () => {
    const outcome = await runTrial({ ...TRIAL, implementation: 'js-libp2p', task: { do: 'transfer', what: 'upload', bytes: 200_000 } })

    expect(isWhole(outcome)).to.be.true()
  })

  for (const on of ['streams', 'messages'] as const) {
    it(`exchanges ${on} through a network that loses packets once it is connected`, async () => {
      const outcome = await runTrial({ ...TRIAL, task: { do: 'exchanges', on, count: 20, parallel: 2, bytes: 1_000, loss: 0.01 } })

      expect(failuresOf(outcome)).to.be.empty()
      expect(outcome).to.have.property('succeeded', 20)
    })
  }

  it('says that a connection could not be made', async () => {
    const outcome = await runTrial({ ...TRIAL, network: { up: { loss: 1 } }, limit: 3_000 })

    expect(outcome).to.have.property('kind', 'broken')
  })

  it('measures how long a message waits for the end of an outage', async () => {
    const outcome = await runTrial({ ...TRIAL, network: {}, task: { do: 'message', after: 0, outage: 100, stream: 'open' } })

    expect(failuresOf(outcome)).to.be.empty()
    expect(outcome).to.have.property('ms').that.is.at.least(100)
  })
})
