import { expect } from 'aegir/chai'
import { median, percentile, sum } from '../../bench/statistics.ts'

describe('statistics of the benchmark', () => {
  it('have the value in the middle as the median, in any order', () => {
    expect(median([3, 1, 2])).to.equal(2)
  })

  it('have the mean of the two in the middle where there are as many on both sides', () => {
    expect(median([4, 1, 3, 2])).to.equal(2.5)
  })

  it('have percentiles between two values in proportion', () => {
    expect(percentile([0, 10], 0.99)).to.be.closeTo(9.9, 1e-9)
    expect(percentile(Array.from({ length: 101 }, (_, i) => i), 0.99)).to.equal(99)
  })

  it('have the only value as each percentile', () => {
    expect(percentile([7], 0)).to.equal(7)
    expect(percentile([7], 1)).to.equal(7)
  })

  it('say of nothing that it is not a number', () => {
    expect(median([])).to.be.NaN()
  })

  it('do not change the order of what they are given', () => {
    const values = [3, 1, 2]
    median(values)

    expect(values).to.deep.equal([3, 1, 2])
  })

  it('add', () => {
    expect(sum([1, 2, 3])).to.equal(6)
    expect(sum([])).to.equal(0)
  })
})
