import { expect } from 'aegir/chai'
import { Silence } from '../../src/streams/silence.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { Traffic } from '../../src/streams/silence.ts'

const TIMEOUT = 10_000

describe('a deadline that measures silence', () => {
  let clock: FakeClock
  let traffic: Traffic
  let overdue: number
  let cancel: () => void

  beforeEach(() => {
    clock = new FakeClock(0)
    traffic = { received: 0, sent: 0 }
    overdue = 0
    cancel = new Silence(clock, () => ({ ...traffic })).after(TIMEOUT, () => { overdue++ })
  })

  it('is over when nothing has moved for so long', () => {
    clock.pass(TIMEOUT - 1)
    expect(overdue).to.equal(0)

    clock.pass(1)
    expect(overdue).to.equal(1)
    expect(clock.pending).to.equal(0)
  })

  const MOVEMENTS: Array<[string, () => void]> = [
    ['bytes arrive', () => { traffic.received++ }],
    ['the stack takes bytes', () => { traffic.sent++ }]

  ]

  MOVEMENTS.forEach(([what, move]) => {
    it(`is never over while ${what}, however slowly`, () => {
      for (let i = 0; i < 100; i++) {
        move()
        clock.pass(0.9 * TIMEOUT)
      }

      expect(overdue).to.equal(0)

      // up to one look of ten later than the last movement
      clock.pass(1.1 * TIMEOUT)
      expect(overdue).to.equal(1)
    })
  })

  it('is over in the end where nothing moves but the round trip time: heartbeats change it as well', () => {
    for (let i = 0; i < 80; i++) {
      traffic.acknowledged = i
      clock.pass(1_000)

      if (i < 60) {
        expect(overdue).to.equal(0)
      }
    }

    expect(overdue).to.equal(1)
  })

  it('does not count the time in which the process was stopped', () => {
    clock.sleep(3_600_000)
    clock.pass(TIMEOUT - 1)

    expect(overdue).to.equal(0)
  })

  it('may be called off', () => {
    cancel()
    clock.pass(2 * TIMEOUT)

    expect(overdue).to.equal(0)
    expect(clock.pending).to.equal(0)
  })
})
