import { expect } from 'aegir/chai'
import { Heartbeats } from '../../src/streams/heartbeats.ts'
import { FakeClock } from '../support/fake-clock.ts'

const SILENCE = 45_000
const HEARTBEAT = 30_000

class Resting {
  readonly clock = new FakeClock(0)
  readonly missed: number[] = []
  received = 0
  acknowledged?: number
  readonly heartbeats: Heartbeats

  constructor () {
    this.heartbeats = new Heartbeats({
      clock: this.clock,
      peer: { bytesReceived: () => this.received, acknowledged: () => this.acknowledged },
      onMissed: (silence) => { this.missed.push(silence) }
    })
  }
}

describe('heartbeats', () => {
  it('are missed when nothing has arrived for longer than it takes from one to the next', () => {
    const { clock, missed } = new Resting()
    clock.pass(SILENCE - 1)
    expect(missed).to.be.empty()
    clock.pass(1)

    expect(missed).to.deep.equal([SILENCE])
  })

  it('are missed again and again', () => {
    const { clock, missed } = new Resting()
    clock.pass(4 * SILENCE)

    expect(missed).to.have.lengthOf(4)
  })

  it('are not missed while they are answered', () => {
    const resting = new Resting()
    resting.acknowledged = 1_000

    for (let i = 0; i < 100; i++) {
      resting.clock.pass(HEARTBEAT)
      resting.acknowledged += 60
    }

    expect(resting.missed).to.be.empty()
  })

  it('are not needed while messages arrive, where the browser does not tell of the rest', () => {
    const resting = new Resting()

    for (let i = 0; i < 100; i++) {
      resting.clock.pass(HEARTBEAT)
      resting.received++
    }

    expect(resting.missed).to.be.empty()
  })

  it('are missed when they come no more', () => {
    const resting = new Resting()
    resting.acknowledged = 1_000
    resting.clock.pass(HEARTBEAT)
    resting.acknowledged += 60
    resting.clock.pass(SILENCE + SILENCE / 10)

    expect(resting.missed).to.deep.equal([SILENCE])
  })

  it('do not matter any more when the connection has ended', () => {
    const { clock, missed, heartbeats } = new Resting()
    heartbeats.stop()
    clock.pass(10 * SILENCE)

    expect(missed).to.be.empty()
    expect(clock.pending).to.equal(0)
  })
})
