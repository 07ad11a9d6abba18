import { expect } from 'aegir/chai'
import { Measurements } from '../../bench/measurements.ts'

describe('measurements of the benchmark', () => {
  it('have the median of all rounds, and what the rounds were at least and at most', () => {
    const measurements = new Measurements()
    measurements.add('ours', 1, { dial: [10, 20, 30] })
    measurements.add('ours', 2, { dial: [40, 50, 60] })

    expect(measurements.outcome('ours', 'dial')).to.deep.equal({ value: 35, least: 20, most: 50 })
  })

  it('have nothing of what was not measured', () => {
    const measurements = new Measurements()
    measurements.add('ours', 1, { dial: [10], up: [] })

    expect(measurements.outcome('ours', 'up')).to.equal(undefined)
    expect(measurements.outcome('peer', 'dial')).to.equal(undefined)
  })

  it('keep what several tasks say of a round', () => {
    const measurements = new Measurements()
    measurements.add('ours', 1, { up: [40] })
    measurements.add('ours', 1, { down: [50] })

    expect(measurements.outcome('ours', 'up')?.value).to.equal(40)
    expect(measurements.outcome('ours', 'down')?.value).to.equal(50)
  })

  it('compare within rounds, as the machine is slower in some', () => {
    const measurements = new Measurements()

    for (const [round, speed] of [[1, 1], [2, 0.1], [3, 0.5]]) {
      measurements.add('ours', round, { up: [50 * speed] })
      measurements.add('floor', round, { up: [100 * speed] })
    }

    expect(measurements.ratio('up', 'ours', 'floor')).to.equal(0.5)
  })

  it('are not led astray by one round that went otherwise', () => {
    const measurements = new Measurements()

    for (const [round, ours] of [[1, 50], [2, 5], [3, 50]]) {
      measurements.add('ours', round, { up: [ours] })
      measurements.add('floor', round, { up: [100] })
    }

    expect(measurements.ratio('up', 'ours', 'floor')).to.equal(0.5)
  })

  it('compare only rounds in which both were measured', () => {
    const measurements = new Measurements()
    measurements.add('ours', 1, { up: [10] })
    measurements.add('ours', 2, { up: [50] })
    measurements.add('floor', 2, { up: [100] })

    expect(measurements.ratio('up', 'ours', 'floor')).to.equal(0.5)
    expect(measurements.ratio('up', 'ours', 'peer')).to.equal(undefined)
  })

  it('take the percentiles of all rounds together, each of which has too few values', () => {
    const measurements = new Measurements()

    for (const round of [1, 2]) {
      measurements.add('ours', round, { dialP99: Array.from({ length: 100 }, (_, i) => round === 1 && i > 95 ? 200 : 20) })
      measurements.add('floor', round, { dialP99: Array.from({ length: 100 }, () => 10) })
    }

    expect(measurements.ratio('dialP99', 'ours', 'floor')).to.equal(20)
  })

  it('add up what was lost', () => {
    const measurements = new Measurements()
    measurements.add('peer', 1, { lost32: [2] })
    measurements.add('peer', 2, { lost32: [1] })

    expect(measurements.outcome('peer', 'lost32')?.value).to.equal(3)
  })
})
