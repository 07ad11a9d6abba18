import { expect } from 'aegir/chai'
import { judge } from '../../bench/bounds.ts'
import { FIGURE_NAMES } from '../../bench/figures.ts'
import { Measurements } from '../../bench/measurements.ts'
import type { Implementation } from '../../bench/ends/implementations.ts'
import type { FigureName } from '../../bench/figures.ts'

function measured (name: FigureName, values: Partial<Record<Implementation, number>>): Measurements {
  const measurements = new Measurements()

  for (const [implementation, value] of Object.entries(values)) {
    measurements.add(implementation as Implementation, 1, { [name]: [value] })
  }

  return measurements
}

describe('what the benchmark must reach', () => {
  it('is reached by a rate that is high enough beside others', () => {
    const verdicts = judge('streams', measured('streams', { ours: 440, tcp: 400, peer: 221 }))

    expect(verdicts.map(({ verdict }) => verdict)).to.deep.equal(['passed', 'missed'])
    expect(verdicts[0].reached).to.equal(1.1)
  })

  it('is reached by a time that is low enough beside another', () => {
    expect(judge('dial', measured('dial', { ours: 75, floor: 60 }))[0].verdict).to.equal('passed')
    expect(judge('dial', measured('dial', { ours: 76, floor: 60 }))[0].verdict).to.equal('missed')
  })

  it('is a figure by itself where it says so', () => {
    expect(judge('lost32', measured('lost32', { ours: 0, peer: 2 }))[0]).to.deep.equal({ text: 'none', reached: 0, verdict: 'passed' })
    expect(judge('lost32', measured('lost32', { ours: 1 }))[0].verdict).to.equal('missed')
    expect(judge('answer100', measured('answer100', { ours: 111 }))[0]).to.deep.equal({ text: '≤ 110 ms', reached: 111, verdict: 'missed' })
  })

  it('is a multiple of another figure of this package where it says so', () => {
    const measurements = measured('echo', { ours: 10, floor: 1 })
    measurements.add('ours', 1, { echo100: [7] })

    expect(judge('echo100', measurements)[0].verdict).to.equal('missed')
    measurements.add('ours', 1, { echo100: [8] })
    expect(judge('echo100', measurements)[0].verdict).to.equal('passed')
  })

  it('is not known where nothing was measured', () => {
    expect(judge('dial', measured('dial', { ours: 75 }))[0].verdict).to.equal('not measured')
    expect(judge('dial', measured('dial', { floor: 75 }))[0].verdict).to.equal('not measured')
  })

  it('names figures that there are', () => {
    for (const name of FIGURE_NAMES) {
      expect(() => judge(name, new Measurements())).to.not.throw()
    }
  })
})
