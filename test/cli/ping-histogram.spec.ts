import { expect } from 'aegir/chai'
import { formatPingHistogram, pingHistogram } from '../../src/cli/ping-histogram.ts'

describe('the histogram of pings', () => {
  it('has parts of a round width, also where no answer is in one', () => {
    expect(pingHistogram([1.1, 1.2, 1.9, 3.05])).to.deep.equal([
      { from: 1, to: 1.5, count: 2 },
      { from: 1.5, to: 2, count: 1 },
      { from: 2, to: 2.5, count: 0 },
      { from: 2.5, to: 3, count: 0 },
      { from: 3, to: 3.5, count: 1 }
    ])
  })

  it('puts the few that took much longer into one part', () => {
    const parts = pingHistogram([...Array.from({ length: 99 }, (_, i) => 10 + i / 100), 5_000])

    expect(parts.at(-1)).to.have.property('count').that.is.within(1, 5)
    expect(parts.at(-1)).to.not.have.property('to')
    expect(parts.slice(0, -1).every(({ to }) => to != null && to < 12)).to.be.true()
  })

  it('has every answer in it, in few parts, whatever they took', () => {
    for (let exponent = -4; exponent < 6; exponent++) {
      for (let count = 1; count < 200; count += 7) {
        const rtts = Array.from({ length: count }, (_, i) => 10 ** exponent * (1 + (i * 37 % 101) / 10))
        const parts = pingHistogram(rtts)

        expect(parts.reduce((sum, { count }) => sum + count, 0)).to.equal(count)
        expect(parts.length).to.be.within(1, 11)

        for (const { from, to = Infinity, count } of parts) {
          expect(rtts.filter(rtt => rtt > from * 1.000001 && rtt < to * 0.999999).length).to.be.at.most(count)
        }
      }
    }
  })

  it('is one part where all took the same, and none without an answer', () => {
    expect(pingHistogram([2, 2, 2])).to.have.lengthOf(1).with.nested.property('[0].count', 3)
    expect(pingHistogram([])).to.deep.equal([])
  })

  it('is drawn with the longest bar for the most answers', () => {
    expect(formatPingHistogram([
      { from: 8, to: 9, count: 10 },
      { from: 9, to: 10, count: 0 },
      { from: 10, count: 1 }
    ]).split('\n')).to.deep.equal([
      `     8 - 9 ms  10  ${'█'.repeat(40)}`,
      '    9 - 10 ms   0',
      '10 or more ms   1  ████'
    ])
  })
})
