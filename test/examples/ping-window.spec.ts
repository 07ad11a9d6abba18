import { expect } from 'aegir/chai'
import { PingWindow, WINDOW } from '../../examples/browser/ping-window.ts'

describe('the pings of the chart', () => {
  it('are those of the last half minute', () => {
    const pings = new PingWindow()

    for (const time of [0, 1, 1_000, WINDOW]) {
      pings.add({ time, rtt: 1 })
    }

    expect(pings.all().map(({ time }) => time)).to.deep.equal([1, 1_000, WINDOW])
  })

  it('tell the lowest, average and highest time, and how many are lost', () => {
    const pings = new PingWindow()

    pings.add({ time: 0, rtt: 1 })
    pings.add({ time: 1 })
    pings.add({ time: 2, rtt: 4 })

    expect(pings.last()).to.deep.equal({ time: 2, rtt: 4 })
    expect(pings.statistics()).to.deep.include({ transmitted: 3, received: 2 })
    expect(pings.statistics().rtt).to.deep.include({ min: 1, avg: 2.5, max: 4 })
  })

  it('tell no times where nothing came back', () => {
    const pings = new PingWindow()
    pings.add({ time: 0 })

    expect(pings.statistics()).to.deep.include({ transmitted: 1, received: 0 })
    expect(pings.statistics().rtt).to.equal(undefined)
  })

  it('are forgotten for another connection', () => {
    const pings = new PingWindow()
    pings.add({ time: 0, rtt: 1 })
    pings.clear()

    expect(pings.all()).to.deep.equal([])
    expect(pings.statistics()).to.deep.include({ transmitted: 0, elapsed: 0 })
  })
})
