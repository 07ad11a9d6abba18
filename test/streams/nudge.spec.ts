import { expect } from 'aegir/chai'
import { Nudge } from '../../src/streams/nudge.ts'
import { FakeClock } from '../support/fake-clock.ts'

/**
 * When nudges are sent, in ms after the last message
 */
const TIMES = [1_000, 4_000]

describe('a connection that falls silent', () => {
  let clock: FakeClock
  let nudges: number[]
  let rtt: number | undefined
  let nudge: Nudge

  // how long it has to wait before it can be done, each time
  let delays: number[]

  beforeEach(() => {
    clock = new FakeClock(0)
    nudges = []
    rtt = undefined
    delays = []
    nudge = new Nudge({
      clock,
      rtt: () => rtt,
      nudge: () => {
        const delay = delays.shift() ?? 0

        if (delay === 0) {
          nudges.push(clock.now())
        }

        return delay
      }
    })
  })

  it('is nudged twice, and leaves no timer', () => {
    nudge.onSent()
    clock.pass(100_000)

    expect(nudges).to.deep.equal(TIMES)
    expect(clock.pending).to.equal(0)
  })

  it('is nudged later on a long path', () => {
    rtt = 250
    nudge.onSent()
    clock.pass(100_000)

    expect(nudges).to.deep.equal(TIMES.map(time => 2 * time))
  })

  it('is not nudged while messages come or go', () => {
    for (let i = 0; i < 100; i++) {
      nudge[i % 2 === 0 ? 'onSent' : 'onHeard']()
      clock.pass(999)
    }

    expect(nudges).to.be.empty()
  })

  it('is nudged where what came last may be answers to something else', () => {
    nudge.onSent()
    clock.pass(500)
    nudge.onHeard()
    clock.pass(500)
    nudge.onHeard()
    clock.pass(100_000)

    expect(nudges).to.deep.equal(TIMES.map(time => 1_000 + time))
  })

  it('is left alone where what was sent has arrived long ago', () => {
    nudge.onSent()

    for (let i = 0; i < 4; i++) {
      clock.pass(999)
      nudge.onHeard()
    }

    clock.pass(100_000)

    expect(nudges).to.be.empty()
    expect(clock.pending).to.equal(0)
  })

  it('is left alone where nothing was sent', () => {
    nudge.onHeard()
    clock.pass(100_000)

    expect(nudges).to.be.empty()
    expect(clock.pending).to.equal(0)
  })

  it('is nudged anew when it falls silent again', () => {
    nudge.onSent()
    clock.pass(5_000)
    nudge.onSent()
    clock.pass(100_000)

    expect(nudges).to.deep.equal([1_000, 4_000, ...TIMES.map(time => 5_000 + time)])
  })

  it('is nudged later where that can not be done yet, as often', () => {
    delays.push(10_000, 5_000)
    nudge.onSent()
    clock.pass(100_000)

    expect(nudges).to.deep.equal([16_000, 19_000])
    expect(clock.pending).to.equal(0)
  })

  it('is not nudged where a message comes while that can not be done', () => {
    delays.push(10_000)
    nudge.onSent()
    clock.pass(5_000)
    nudge.onHeard()
    clock.pass(5_999)
    expect(nudges).to.be.empty()
  })

  it('is left alone once it has ended, whatever is sent then', () => {
    nudge.onSent()
    nudge.stop()
    nudge.onSent()

    expect(clock.pending).to.equal(0)
  })
})
