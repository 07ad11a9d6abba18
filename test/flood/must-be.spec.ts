import { expect } from 'aegir/chai'
import { judge, renderMarkdown, renderResult } from '../../chaos/judged.ts'
import { describe as inWords } from '../../flood/describe.ts'
import { bounded, crowdGetsIn, flooded, median, noticedInTime, recover, succeed } from '../../flood/must-be.ts'
import { rows } from '../../flood/rows.ts'
import type { Dial, Outcome } from '../../flood/outcome.ts'

describe('what must come out of a flood', () => {
  const STEADY = { before: 100e6, peak: 100e6, after: 100e6 }

  const OUTCOME: Outcome = {
    dials: dials(50, 100, 150, 200),
    listener: { rss: STEADY, threads: { before: 17, peak: 17, after: 17 }, cpu: 0.1, drops: 0, delay: { p99: 5, longest: 50 } },
    load: 1
  }

  function dials (...times: number[]): Dial[] {
    return times.map(ms => ms === Infinity ? { ms: 4_000, error: 'SetupTimeoutError: nobody answers' } : { ms })
  }

  it('counts dials that failed or took too long', () => {
    expect(succeed(1, 200).broken(OUTCOME)).to.be.undefined()
    expect(succeed(1, 199).broken(OUTCOME)).to.include('75.0 %')
    expect(succeed(0.75, 199).broken(OUTCOME)).to.be.undefined()
    expect(succeed(1, 10_000).broken({ ...OUTCOME, dials: dials(1, Infinity) })).to.include('50.0 %')
    expect(succeed(0.5, 10_000).broken({ ...OUTCOME, dials: [] })).to.include('0.0 %')
  })

  it('has the median of all dials, also of those that failed', () => {
    expect(median(100).broken(OUTCOME)).to.be.undefined()
    expect(median(99).broken(OUTCOME)).to.include('0.10 s')
    expect(median(99).broken({ ...OUTCOME, dials: dials(1, Infinity, Infinity) })).to.be.a('string')
  })

  it('looks at the last dials', () => {
    expect(recover(2, 150).broken({ ...OUTCOME, dials: dials(Infinity, 100, 150) })).to.be.undefined()
    expect(recover(3, 150).broken({ ...OUTCOME, dials: dials(Infinity, 100, 150) })).to.include('66.7 %')
  })

  it('bounds what the listener takes and keeps', () => {
    const broken = (figures: Partial<Outcome['listener']>): string | undefined =>
      bounded().broken({ ...OUTCOME, listener: { ...OUTCOME.listener, ...figures } })

    expect(broken({})).to.be.undefined()
    expect(broken({ rss: { ...STEADY, peak: 151e6 } })).to.include('+ 51 MB')
    expect(broken({ heapGrowth: 6e6 })).to.include('6.0 MB')
    expect(broken({ peersLeft: 1 })).to.include('1 connections')
    expect(broken({ threads: { before: 17, peak: 18, after: 17 } })).to.include('18')
    expect(broken({ delay: { p99: 101, longest: 102 } })).to.include('101 ms')
  })

  it('asks for what was to be played', () => {
    expect(flooded(100).broken({ ...OUTCOME, flood: { sent: 100, rate: 95 } })).to.be.undefined()
    expect(flooded(100).broken({ ...OUTCOME, flood: { sent: 100, rate: 80 } })).to.include('only 80')
    expect(flooded(100).broken(OUTCOME)).to.be.a('string')
    expect(noticedInTime.broken({ ...OUTCOME, noticed: [29_000, 30_100] })).to.be.undefined()
    expect(noticedInTime.broken({ ...OUTCOME, noticed: [29_000, Infinity] })).to.include('1 of 2')
    expect(noticedInTime.broken(OUTCOME)).to.include('nobody')
    expect(crowdGetsIn(1).broken({ ...OUTCOME, crowd: { connected: 1, alive: 0.9 } })).to.include('90.0 %')
  })

  it('has a name for each row, and quick ones that are in the full table but for amounts', () => {
    const names = rows('full').map(({ name }) => name)

    expect(new Set(names).size).to.equal(names.length)
    expect(rows('quick').filter(({ mustBe }) => mustBe.length === 0)).to.be.empty()
    expect(rows('quick').filter(({ meanwhile }) => meanwhile.what === 'flood').every(({ name }) => names.includes(name))).to.be.true()
  })

  it('is a table', () => {
    const [row] = rows('quick')
    const result = judge(row, { ...OUTCOME, dials: dials(400), flood: { sent: 1, rate: 20_000 } })
    const lines = renderMarkdown([result, judge(row, new Error('a | b'))], ['honest dials', 'the listener'], inWords).split('\n')

    expect(result.reasons).to.have.lengthOf(1)
    expect(renderResult(result, inWords)).to.include('FAILED').and.include('1 of 1, p50 400 ms')
    expect(lines).to.have.lengthOf(4)
    expect(lines[2]).to.match(/\| FAILED \|$/)
    expect(lines[3]).to.include('a \\| b')
  })
})
