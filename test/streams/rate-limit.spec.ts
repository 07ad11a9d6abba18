import { expect } from 'aegir/chai'
import { RateLimit } from '../../src/streams/rate-limit.ts'
import type { RateLimitInit } from '../../src/streams/rate-limit.ts'

const RATE = 100_000
const LEAST = 20

/**
 * A limit of streams that hand over whatever they may
 */
class Limited {
  private readonly limit: RateLimit
  private now = 0
  private received = 0

  /**
   * How often what was taken for a queue turned out to be none
   */
  longer = 0

  constructor (init: Partial<RateLimitInit> = {}) {
    this.limit = new RateLimit({ rate: RATE, isGuess: false, now: 0, held: 0, received: 0, ...init })
  }

  /**
   * The capacity, as a multiple of the rate at the beginning
   */
  get capacity (): number {
    return this.limit.capacity / RATE
  }

  /**
   * A second with such a round trip time passes, in ms. Returns how much was handed over,
   * as a multiple of the rate at the beginning.
   */
  second (rtt: number, received: number = 0): number {
    let bytes = 0
    this.received += received

    for (let i = 0; i < 20; i++) {
      this.now += 50
      const allowance = Math.max(0, this.limit.allowance(this.now, true))
      bytes += allowance
      this.longer += this.limit.step({ rtt, least: LEAST, received: this.received }, this.now) ? 1 : 0
      this.limit.handedOver(allowance)
    }

    return bytes / RATE
  }

  seconds (count: number, rtt: number, received?: number): void {
    for (let i = 0; i < count; i++) {
      this.second(rtt, received)
    }
  }

  /**
   * So many seconds, each with the capacity at its end
   */
  capacities (count: number, rtt: number, received?: number): number[] {
    return Array.from({ length: count }, () => {
      this.second(rtt, received)

      return Number(this.capacity.toFixed(3))
    })
  }
}

describe('the limit of a rate', () => {
  it('hands over nothing until what the stack holds is sent', () => {
    const limited = new Limited({ held: 3 * RATE })

    expect([1, 2].map(() => limited.second(LEAST))).to.deep.equal([0, 0])
    expect(limited.second(LEAST)).to.be.closeTo(0.2, 0.01)
    expect(limited.second(LEAST)).to.be.closeTo(1, 0.01)
  })

  it('takes a path without a queue to carry more and more', () => {
    const limited = new Limited()

    expect(limited.capacities(6, LEAST)).to.deep.equal([1, 1, 1.05, 1.155, 1.386, 1.732])
  })

  it('doubles a guess as long as there is no queue', () => {
    const limited = new Limited({ isGuess: true })

    expect(limited.capacities(5, LEAST)).to.deep.equal([1, 1, 2, 4, 8])
  })

  it('is more careful with a guess where there is a queue, whosever it is', () => {
    const limited = new Limited({ isGuess: true })

    expect(limited.capacities(5, LEAST + 150)).to.deep.equal([1, 1, 1.25, 1.563, 1.953])
  })

  it('goes back to what was right before the round trip became longer, and makes up for the rest', () => {
    const limited = new Limited({ isGuess: true })
    limited.seconds(4, LEAST)
    expect(limited.capacity).to.equal(4)

    // 4 were handed over in the second before, where 2 were right
    limited.second(LEAST + 50)
    expect(limited.capacity).to.equal(2)
    expect(limited.second(LEAST + 50)).to.be.closeTo(0, 0.3)
    expect(limited.second(LEAST + 50)).to.be.closeTo(2, 0.3)
  })

  it('pauses no longer than 1.5 s for that', () => {
    const limited = new Limited({ isGuess: true })
    limited.seconds(6, LEAST)
    expect(limited.capacity).to.equal(16)

    // it does not grow meanwhile, and hands over 16 a second where 8 turn out to be right
    limited.second(LEAST + 30)
    limited.second(LEAST + 50)
    const handedOver = [1, 2, 3].reduce(sum => sum + limited.second(LEAST + 50), 0)
    expect(handedOver / 8).to.be.closeTo(1.5, 0.2)
  })

  it('comes up to the rest of a guess in quarters', () => {
    const limited = new Limited({ isGuess: true })
    limited.seconds(4, LEAST)
    limited.second(LEAST + 50)
    expect(limited.capacities(8, LEAST + 10).at(-1)).to.be.above(3)
  })

  it('waits where the round trip is about to become longer, and goes on where it does not', () => {
    const limited = new Limited()
    limited.seconds(3, LEAST)

    expect(limited.capacities(4, LEAST + 30)).to.deep.equal([1.05, 1.05, 1.05, 1.103])
  })

  it('waits longer each time that the path has no room for more', () => {
    const limited = new Limited()
    const waits = Array.from({ length: 5 }, () => {
      let seconds = 0

      while (limited.capacity === 1) {
        limited.second(LEAST)
        seconds++
      }

      limited.second(LEAST + 60)

      return seconds
    })

    expect(waits).to.deep.equal([3, 4, 8, 8, 8])
  })

  it('waits no longer where it may be the other end that took too much', () => {
    const limited = new Limited()
    limited.seconds(3, LEAST, RATE)
    limited.second(LEAST + 60, RATE)

    expect(limited.capacities(3, LEAST, RATE)).to.deep.equal([1, 1.05, 1.155])
  })

  it('hands over 90 % where there is a queue', () => {
    const limited = new Limited()
    limited.second(LEAST + 250)

    expect(limited.second(LEAST + 250)).to.be.closeTo(0.9, 0.05)
    expect(limited.capacity).to.equal(1)
  })

  it('hands over less and less where the queue is very long', () => {
    const limited = new Limited()

    expect(limited.capacities(3, LEAST + 500)).to.deep.equal([0.95, 0.902, 0.857])
    expect(limited.second(LEAST + 500)).to.be.closeTo(0.857 * 0.7, 0.05)

    limited.second(LEAST)
    expect(limited.second(LEAST)).to.be.closeTo(limited.capacity, 0.05)
  })

  it('leaves a queue to each direction where both ends send', () => {
    const limited = new Limited()
    limited.seconds(2, LEAST + 500, RATE)

    expect(limited.capacity).to.equal(1)
    expect(limited.second(LEAST + 900, RATE)).to.be.above(0)
    expect(limited.capacity).to.equal(0.95)
  })

  it('takes a queue that stays for a longer path', () => {
    const limited = new Limited()
    limited.seconds(14, LEAST + 600)
    expect(limited.longer).to.equal(0)
    expect(limited.capacity).to.be.within(0.45, 0.5)

    limited.second(LEAST + 600)
    expect(limited.longer).to.equal(1)
    expect(limited.capacity).to.be.above(0.49)
  })

  it('does not take a queue for a longer path that becomes shorter', () => {
    const limited = new Limited()

    for (let queue = 3_000; queue > 500; queue -= 150) {
      limited.second(LEAST + queue)
    }

    expect(limited.longer).to.equal(0)
  })

  it('lets growth show: three round trips', () => {
    const limited = new Limited()
    const capacities = limited.capacities(12, LEAST + 980, RATE)
    expect(capacities.slice(0, 2)).to.deep.equal([0.95, 0.902])

    const far = new Limited()
    expect(far.capacities(9, LEAST + 380)).to.deep.equal([1, 1, 1.05, 1.05, 1.155, 1.155, 1.386, 1.386, 1.732])
  })
})
