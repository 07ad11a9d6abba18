import { expect } from 'aegir/chai'
import { baselineOf, compare, readBaseline } from '../../bench/baseline.ts'
import { Measurements } from '../../bench/measurements.ts'

function measured (ours: { up?: number, dial30?: number }): Measurements {
  const measurements = new Measurements()
  measurements.add('peer', 1, { up: [100], dial30: [100] })
  measurements.add('ours', 1, {
    ...ours.up == null ? {} : { up: [ours.up] },
    ...ours.dial30 == null ? {} : { dial30: [ours.dial30] }
  })

  return measurements
}

describe('the baseline of the benchmark', () => {
  it('says how many times as good a figure is: a longer time is worse', () => {
    expect(baselineOf(measured({ up: 80, dial30: 200 }), ['up', 'dial30'])).to.deep.equal({ up: { peer: 0.8 }, dial30: { peer: 0.5 } })
  })

  it('allows a ratio to fall by a quarter', () => {
    const baseline = { up: { peer: 0.8 }, dial30: { peer: 0.5 } }

    expect(compare(measured({ up: 61, dial30: 266 }), ['up', 'dial30'], baseline).map(({ hasFallen }) => hasFallen)).to.deep.equal([false, false])
  })

  it('does not allow it to fall by more', () => {
    const baseline = { up: { peer: 0.8 }, dial30: { peer: 0.5 } }

    expect(compare(measured({ up: 59, dial30: 268 }), ['up', 'dial30'], baseline).map(({ hasFallen }) => hasFallen)).to.deep.equal([true, true])
  })

  it('takes what could not be measured for a fall', () => {
    const [comparison] = compare(measured({}), ['up'], { up: { peer: 0.8 } })

    expect(comparison).to.deep.equal({ figure: 'up', reference: 'peer', before: 0.8, now: undefined, hasFallen: true })
  })

  it('is there, and has ratios', () => {
    const ratios = Object.values(readBaseline()).flatMap(ratios => Object.values(ratios))

    expect(ratios).to.not.be.empty()
    expect(ratios.filter(ratio => !(ratio > 0))).to.be.empty()
  })
})
