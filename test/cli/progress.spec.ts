import { expect } from 'aegir/chai'
import { nowAndThen, progressOf, renderProgress } from '../../src/cli/progress.ts'

describe('the progress of a transfer', () => {
  it('has the rate, and the time that is left at that rate', () => {
    expect(progressOf({ bytes: 1_000, size: 4_000, elapsed: 500 })).to.deep.equal({ bytes: 1_000, size: 4_000, elapsed: 500, rate: 2_000, timeLeft: 1_500 })
  })

  it('has no time left where it is not known', () => {
    expect(progressOf({ bytes: 1_000, elapsed: 500 })).to.have.property('timeLeft', undefined)
    expect(progressOf({ bytes: 0, size: 4_000, elapsed: 500 })).to.have.property('timeLeft', undefined)
    expect(progressOf({ bytes: 0, size: 4_000, elapsed: 0 })).to.include({ rate: 0, timeLeft: undefined })
  })

  for (let columns = 1; columns <= 120; columns++) {
    it(`fits into ${columns} columns`, () => {
      for (const size of [undefined, 0, 1_000_000]) {
        for (const label of [undefined, 'down']) {
          expect(renderProgress({ bytes: 500_000, size, elapsed: 1_000 }, columns, label).length).to.be.at.most(columns)
        }
      }
    })
  }

  it('is a bar, a share, and how long it takes', () => {
    const line = renderProgress({ bytes: 500_000, size: 1_000_000, elapsed: 1_000 }, 120, 'up')

    expect(line).to.match(/^up █{15}░{15} 50% \| .* of .* \| .*\/s \| 1s left$/)
  })

  it('leaves out what matters less, and the bar at last', () => {
    expect(renderProgress({ bytes: 500_000, size: 1_000_000, elapsed: 1_000 }, 20)).to.match(/ 50% \| 1s left$/)
    expect(renderProgress({ bytes: 500_000, size: 1_000_000, elapsed: 1_000 }, 6)).to.equal(' 50%')
  })

  it('is complete, and not more', () => {
    expect(renderProgress({ bytes: 0, size: 0, elapsed: 0 }, 80)).to.include('100%')
    expect(renderProgress({ bytes: 2_000, size: 1_000, elapsed: 1 }, 80)).to.include('100%')
  })

  it('is told at most once a second, and not at first', () => {
    let now = 0
    const told: number[] = []
    const tell = nowAndThen(() => { told.push(now) }, () => now)

    for (; now <= 2_500; now += 100) {
      tell()
    }

    expect(told).to.deep.equal([1_000, 2_000])
  })
})
