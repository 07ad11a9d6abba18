import { expect } from 'aegir/chai'
import { Transfer } from '../../examples/browser/transfer.ts'

describe('the progress of a file', () => {
  it('has no rate before time has passed', () => {
    expect(new Transfer(1_000, 5).progress(0, 5)).to.deep.equal({ bytes: 0, size: 1_000, fraction: 0, rate: undefined, remaining: undefined })
  })

  it('tells the part, the rate in bytes per second and the time that is left', () => {
    expect(new Transfer(1_000, 0).progress(250, 500)).to.deep.equal({ bytes: 250, size: 1_000, fraction: 0.25, rate: 500, remaining: 1_500 })
  })

  it('measures the rate over the last two seconds', () => {
    const transfer = new Transfer(100_000, 0)

    // 10 bytes per ms, and then 1
    for (let time = 100; time <= 5_000; time += 100) {
      transfer.progress(10 * time, time)
    }

    for (let time = 5_100; time < 7_000; time += 100) {
      transfer.progress(50_000 + time - 5_000, time)
    }

    expect(transfer.progress(52_000, 7_000).rate).to.equal(1_000)
  })

  it('measures over a longer time where nothing was measured in between', () => {
    const transfer = new Transfer(100_000, 0)
    transfer.progress(1_000, 1_000)

    expect(transfer.progress(5_000, 10_000).rate).to.be.closeTo(444, 1)
  })

  it('does not know how long it takes while nothing moves', () => {
    const transfer = new Transfer(1_000, 0)
    transfer.progress(500, 1_000)
    transfer.progress(500, 3_000)

    expect(transfer.progress(500, 5_000)).to.deep.include({ rate: 0, remaining: undefined })
  })

  it('is at its end for an empty file', () => {
    expect(new Transfer(0, 0).progress(0, 1).fraction).to.equal(1)
  })

  it('is never beyond its end', () => {
    expect(new Transfer(10, 0).progress(20, 1)).to.deep.include({ fraction: 1, remaining: 0 })
  })
})
