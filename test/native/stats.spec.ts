import { expect } from 'aegir/chai'
import { Stats } from '../../src/native/stats.ts'
import type { PeerConnection } from 'node-datachannel'

function statsOf (rtt: () => number): Stats {
  return new Stats({ rtt } as unknown as PeerConnection)
}

describe('what the stack tells of a connection', () => {
  it('is asked once for a round trip time that is asked for again and again', () => {
    let asked = 0
    const stats = statsOf(() => ++asked)

    for (let i = 0; i < 100; i++) {
      expect(stats.rtt()).to.equal(1)
    }

    expect(asked).to.equal(1)
  })

  it('tells a new round trip time a moment later', () => {
    let rtt = 10
    const stats = statsOf(() => rtt)
    stats.rtt()
    rtt = 20
    const start = performance.now()

    while (stats.rtt() === 10 && performance.now() - start < 1_000) {
      // it is not told by an event
    }

    expect(stats.rtt()).to.equal(20)
    expect(performance.now() - start).to.be.within(10, 500)
  })

  it('tells none where the stack knows none, or is freed', () => {
    expect(statsOf(() => -1).rtt()).to.equal(undefined)
    expect(statsOf(() => { throw new Error('freed') }).rtt()).to.equal(undefined)
  })
})
