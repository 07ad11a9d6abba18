import { expect } from 'aegir/chai'
import { runTrial } from '../../flood/trial.ts'
import type { Row } from '../../flood/rows.ts'

describe('a row of the table of floods', () => {
  const ROW: Omit<Row, 'meanwhile'> = {
    name: 'row',
    implementation: 'ours',
    dials: { count: 4, every: 250, hosts: 1, version: 'auto' },
    mustBe: []
  }

  it('plays a flood beside dials, and leaves nothing behind', async function () {
    this.timeout(60_000)

    const outcome = await runTrial({ ...ROW, meanwhile: { what: 'flood', flood: { rate: 500, duration: 1_000, sources: 10, version: 2 } } })

    expect(outcome.dials).to.have.lengthOf(4)
    expect(outcome.dials.flatMap(({ error }) => error ?? [])).to.be.empty()
    expect(outcome.flood).to.include({ sent: 500 })
    expect(outcome.listener).to.include({ peersLeft: 0 })
    expect(outcome.listener.rss.peak).to.be.above(10e6)
  })

  it('plays strangers that answer the check', async function () {
    this.timeout(60_000)

    const outcome = await runTrial({ ...ROW, meanwhile: { what: 'flood', flood: { rate: 10, duration: 1_000, sources: 10, version: 1, answers: true } } })

    // each is checked once, and then its own requests are waited for
    expect(outcome.flood).to.have.property('received').that.is.within(10, 15)
    expect(outcome.listener).to.include({ peersLeft: 0 })
  })

  it('connects a crowd from one address', async function () {
    this.timeout(60_000)

    const { crowd } = await runTrial({ ...ROW, meanwhile: { what: 'crowd', count: 5, every: 50 } })

    expect(crowd).to.deep.equal({ connected: 1, alive: 1 })
  })
})
