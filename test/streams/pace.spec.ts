import { expect } from 'aegir/chai'
import { Pace } from '../../src/streams/pace.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { Path } from '../support/path-model.ts'
import type { Clock } from '../../src/clock.ts'
import type { Sender } from '../../src/streams/pace.ts'
import type { PathInit } from '../support/path-model.ts'

const KiB = 1024
const MiB = 1024 * KiB

/**
 * The longest frame that is a short one
 */
const CHUNK = 1_144

/**
 * A stream that has ever more to send
 */
class Bulk implements Sender {
  handedOver = 0
  private readonly path: Path
  private readonly pace: Pace
  private isBlocked = false

  constructor (path: Path, pace: Pace) {
    this.path = path
    this.pace = pace
  }

  goOn (): void {
    while (this.pace.allowance() > 0) {
      const frame = this.pace.turn === 0 ? CHUNK : 4 * KiB

      if (!this.path.take(frame)) {
        this.isBlocked = true
        this.pace.block(this)

        return
      }

      this.handedOver += frame
      this.pace.handedOver(frame)
    }

    this.pace.wait(this)
  }

  /**
   * The stack tells that it has room
   */
  look (): void {
    if (this.isBlocked) {
      this.isBlocked = false
      this.pace.unblock(this)
      this.goOn()
    }
  }
}

interface Run {
  path: Path
  pace: Pace
  streams: Bulk[]
  longestQueue: number
  pass (seconds: number): void
}

/**
 * A clock whose timers fire only every so often, in ms
 */
function throttled (clock: FakeClock, interval: number): Clock {
  return {
    now: () => clock.now(),
    after: (delay, callback) => clock.after(Math.ceil((clock.now() + delay) / interval) * interval - clock.now(), callback)
  }
}

function run (init: PathInit, count: number = 1, timers: number = 1): Run {
  const path = new Path(init)
  const pace = new Pace({ clock: throttled(path.clock, timers), peer: path, ask: (onAnswer) => { path.ask(onAnswer) } })
  const streams = Array.from({ length: count }, () => new Bulk(path, pace))
  streams.forEach(stream => { stream.goOn() })

  return {
    path,
    pace,
    streams,
    longestQueue: 0,
    pass (seconds) {
      for (let i = 0; i < seconds * 1_000; i++) {
        path.pass()
        this.longestQueue = Math.max(this.longestQueue, path.queue)
        streams.forEach(stream => { stream.look() })
      }
    }
  }
}

function sum (streams: Bulk[]): number {
  return streams.reduce((sum, { handedOver }) => sum + handedOver, 0)
}

/**
 * The share of what the path carries that is handed over in two minutes, and the longest
 * queue, once the path has settled
 */
function settled (rate: number, timers?: number): { share: number, longestQueue: number } {
  const test = run({ rate, roundTrip: 20 }, 1, timers)

  // the stack has a mebibyte from the beginning
  test.pass(MiB / rate + 20)
  test.longestQueue = 0
  const before = sum(test.streams)
  test.pass(120)

  return { share: (sum(test.streams) - before) / 120 / rate, longestQueue: test.longestQueue }
}

describe('the pace of a connection', () => {
  it('lets a stream take turns after each long frame while the path is not known', () => {
    const { pace } = run({ rate: 50e6, roundTrip: 1 })

    expect(pace.turn).to.be.within(1, CHUNK)
    expect(pace.isSlow).to.be.false()
  })

  it('holds nothing back on a fast path', () => {
    const test = run({ rate: 50e6, roundTrip: 1 })
    const { pace, path, streams } = test
    test.pass(5)

    expect(pace.turn).to.equal(64 * KiB)
    expect(pace.isSlow).to.be.false()
    expect(pace.allowance()).to.equal(Infinity)
    expect(sum(streams)).to.be.at.least(5 * path.init.rate)
  })

  it('learns from the first bytes of a browser what the path carries, although they only made its queue longer', () => {
    // SCTP sends twice what the path carries, and the rest waits in the network
    const RATE = 64_000
    const clock = new FakeClock(0)
    const peer = {
      sendBufferSize: 64 * KiB,
      holdsUnacknowledged: false,
      bytesReceived: () => 0,
      bytesSent: () => clock.now() * 2 * RATE / 1_000,
      rtt: () => 20 + clock.now()
    }
    const pace = new Pace({ clock, peer })
    const sender: Sender = { goOn () {} }
    pace.block(sender)

    // what is under way after 600 ms takes so long to be delivered
    clock.pass(600)
    expect(pace.isSlow).to.be.true()
    expect(pace.backlog()).to.be.within(0.9 * 64 * KiB / RATE * 1_000, 1.1 * 64 * KiB / RATE * 1_000)
    expect(pace.allowance()).to.be.below(0)

    // nor what the queues of the channels held when that was known
    pace.unblock(sender)
    clock.pass(800)
    expect(pace.allowance()).to.be.below(0)
    clock.pass(100)
    expect(pace.allowance()).to.be.above(0)
  })

  it('does not stop the first burst of a browser, which has no buffer that it could fill', () => {
    const clock = new FakeClock(0)
    const peer = { sendBufferSize: 64 * KiB, holdsUnacknowledged: false, bytesReceived: () => 0, bytesSent: () => 0, rtt: () => 50 }
    const pace = new Pace({ clock, peer })

    for (let i = 0; i < 1_000; i++) {
      expect(pace.allowance()).to.equal(Infinity)
      pace.handedOver(4 * KiB)
    }
  })

  it('keeps a slow path with a short queue busy', () => {
    const test = run({ rate: 125_000, roundTrip: 20, maxQueue: 300 })
    const { pace, path, streams } = test
    test.pass(30)

    expect(pace.turn).to.equal(0)
    expect(pace.isSlow).to.be.true()
    expect(sum(streams)).to.be.at.least(0.8 * 30 * path.init.rate)
    const before = sum(streams)
    test.pass(30)

    expect(sum(streams) - before).to.be.at.least(0.9 * 30 * path.init.rate)
  })

  for (const rate of [62_500, 125_000, 250_000, 1_000_000]) {
    it(`keeps the queue of a network short that has no bound for it, and the path busy: ${rate} bytes a second`, () => {
      const { share, longestQueue } = settled(rate)

      expect(longestQueue).to.be.below(1_500)
      expect(share).to.be.within(0.9, 1.1)
    })
  }

  for (const rate of [62_500, 250_000, 1_000_000]) {
    it(`keeps the path busy where timers fire once a second, as in a page that nobody sees: ${rate} bytes a second`, () => {
      const { share, longestQueue } = settled(rate, 1_000)

      expect(longestQueue).to.be.below(2_500)
      expect(share).to.be.within(0.7, 1.1)
    })
  }

  for (const [slowStart, rate] of [true, false].flatMap(slowStart => [31_250, 62_500, 125_000].map(rate => [slowStart, rate] as const))) {
    it(`keeps the queue of a slow path short from the first burst on: ${rate} bytes a second, where SCTP ${slowStart ? 'doubles its window each round trip' : 'adds to its window each round trip'}`, () => {
      const test = run({ rate, roundTrip: 20, slowStart })
      test.pass(120)

      // a mebibyte at once would be 33 s
      expect(test.longestQueue).to.be.below(4_500)
      expect(sum(test.streams) / 120 / rate).to.be.above(0.8)
    })
  }

  for (const roundTrip of [10, 50, 100, 500]) {
    it(`holds a burst for a round trip where it turns out to be fast: ${roundTrip} ms`, () => {
      const test = run({ rate: 50e6, roundTrip })
      test.pass(roundTrip / 1_000 + 0.06)

      expect(sum(test.streams)).to.be.above(MiB)
    })

    it(`holds it longer, but not for ever, where the remote is busy: ${roundTrip} ms`, () => {
      const test = run({ rate: 50e6, roundTrip, late: 60_000 })
      test.pass(Math.max(3, 3 * roundTrip / 1_000) + 0.06)

      expect(sum(test.streams)).to.be.above(MiB)
    })
  }

  it('fills the network without it', () => {
    // the model of the path is no proof otherwise
    const path = new Path({ rate: 125_000, roundTrip: 20 })

    for (let i = 0; i < 120_000; i++) {
      path.pass()
      path.take(path.init.rate / 1_000)
      path.take(MiB / 100)
    }

    expect(path.queue).to.be.above(1_300)
  })

  it('follows a path that comes to carry more', () => {
    const test = run({ rate: 125_000, roundTrip: 20 })
    test.pass(40)
    test.path.init.rate = 1_000_000
    test.pass(60)
    const before = sum(test.streams)
    test.pass(10)

    expect((sum(test.streams) - before) / 10).to.be.above(0.8 * test.path.init.rate)
  })

  for (const [before, after] of [[500_000, 125_000], [1_000_000, 62_500], [250_000, 31_250]]) {
    it(`follows a path that comes to carry less: ${before}, then ${after} bytes a second`, () => {
      const test = run({ rate: before, roundTrip: 20 })
      test.pass(40)
      test.path.init.rate = after
      test.pass(60)
      test.longestQueue = 0
      const handedOver = sum(test.streams)
      test.pass(60)

      expect(test.longestQueue).to.be.below(2_000)
      expect(sum(test.streams) - handedOver).to.be.above(0.8 * 60 * after)
    })
  }

  for (const [rate, seconds] of [[125_000, 15], [1_000_000, 30]]) {
    it(`follows a path that comes to carry more within ${seconds} s: 25,000, then ${rate} bytes a second`, () => {
      const test = run({ rate: 25_000, roundTrip: 20 })
      test.pass(60)
      test.path.init.rate = rate
      test.pass(seconds)
      const before = sum(test.streams)
      test.pass(10)

      expect((sum(test.streams) - before) / 10).to.be.above(0.8 * rate)
    })
  }

  const OTHER_QUEUES: Array<[string, (now: number) => number]> = [
    ['stays at 300 ms', () => 300],
    ['stays at 600 ms', () => 600],
    ['stays at 800 ms', () => 800],
    ['stays at 1,500 ms', () => 1_500],
    ['swings between 150 and 300 ms', (now) => 150 + (now % 6_000) / 40],
    ['comes and goes', (now) => now % 30_000 < 15_000 ? 300 : 0]
  ]

  for (const [what, otherQueue] of OTHER_QUEUES) {
    for (const otherSends of [true, false]) {
      for (const rate of [31_250, 125_000, 500_000]) {
        it(`is not held back by a queue of the other direction that ${what}${otherSends ? '' : ' and is not the remote\'s'}: ${rate} bytes a second`, () => {
          const test = run({ rate, roundTrip: 20, otherQueue, otherSends })
          test.pass(40)
          const before = sum(test.streams)
          test.longestQueue = 0
          test.pass(120)

          expect((sum(test.streams) - before) / 120 / rate).to.be.above(0.7)
          expect(test.longestQueue).to.be.below(1_500)
        })
      }
    }
  }

  it('does not starve on a path that has become longer', () => {
    const test = run({ rate: 125_000, roundTrip: 20 })
    test.pass(40)
    test.path.init.roundTrip = 900
    test.pass(120)
    const before = sum(test.streams)
    test.pass(60)

    expect((sum(test.streams) - before) / 60).to.be.above(0.5 * test.path.init.rate)
  })

  it('gives each stream its turn', () => {
    const test = run({ rate: 125_000, roundTrip: 20 }, 4)
    test.pass(30)
    const before = test.streams.map(({ handedOver }) => handedOver)
    test.pass(30)
    const gained = test.streams.map(({ handedOver }, i) => handedOver - before[i])

    expect(Math.min(...gained) / Math.max(...gained)).to.be.above(0.5)
  })

  it('tells that the stack was full for twenty seconds and took nothing', () => {
    const path = new Path({ rate: 1_000_000, roundTrip: 1 })
    let silence: number | undefined
    const pace = new Pace({ clock: path.clock, peer: path, onStalled: (time) => { silence = time } })
    const stream = new Bulk(path, pace)
    stream.goOn()
    path.clock.pass(19_000)
    expect(silence).to.be.undefined()

    path.clock.pass(1_100)
    expect(silence).to.equal(20_000)
  })

  it('leaves it to a browser to find out that it can send no more', () => {
    const clock = new FakeClock(0)
    const peer = { sendBufferSize: 64 * KiB, holdsUnacknowledged: false, bytesReceived: () => 0, bytesSent: () => 0, rtt: () => 20 }
    const pace = new Pace({ clock, peer, onStalled: () => { throw new Error('stalled') } })
    pace.block({ goOn () {} })

    clock.pass(120_000)
  })

  it('stops no burst where the stack does not tell the round trip time', () => {
    const peer = { sendBufferSize: MiB, holdsUnacknowledged: true, bytesReceived: () => 0, bytesSent: () => 0, rtt: () => undefined }
    const pace = new Pace({ clock: new FakeClock(0), peer })
    pace.handedOver(10 * MiB)

    expect(pace.allowance()).to.equal(Infinity)
  })

  it('leaves no timer when nobody has more to send', () => {
    const { path, pace, streams } = run({ rate: 125_000, roundTrip: 20 })
    pace.forget(streams[0])
    path.clock.pass(1_000)

    expect(path.clock.pending).to.equal(0)
  })
})
