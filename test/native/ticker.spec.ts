import { expect } from 'aegir/chai'
import { Ticker } from '../../src/native/ticker.ts'
import { FakeClock } from '../support/fake-clock.ts'

// in ms
const BUSY = 20
const QUIET = 200

class World {
  readonly clock = new FakeClock(1_000)
  readonly rounds: number[] = []
  isBusy = false
  onTick?: () => void

  readonly ticker = new Ticker({
    clock: this.clock,
    tick: rounds => {
      this.rounds.push(rounds)
      this.onTick?.()
    },
    isBusy: () => this.isBusy
  })

  /**
   * How many ticks there are in so many ms
   */
  pass (ms: number): number {
    const before = this.rounds.length
    this.clock.pass(ms)

    return this.rounds.length - before
  }

  /**
   * Until it ticks slowly
   */
  calm (): this {
    this.ticker.start()
    this.pass(BUSY)

    return this
  }
}

describe('the ticker of looks', () => {
  it('ticks every 20 ms while something happens', () => {
    const world = new World()
    world.isBusy = true
    world.ticker.start()

    expect(world.pass(1_000)).to.equal(50)
    expect(world.rounds.every(rounds => rounds === 1)).to.equal(true)
  })

  it('ticks every 200 ms while nothing happens, for as many looks a second', () => {
    const world = new World().calm()

    expect(world.pass(1_000)).to.equal(5)
    expect(world.rounds.slice(1)).to.deep.equal(Array(5).fill(10))
  })

  it('ticks within 20 ms of what happens', () => {
    const world = new World().calm()
    world.pass(30)
    world.isBusy = true
    world.ticker.hurry()

    expect(world.pass(BUSY - 1)).to.equal(0)
    expect(world.pass(1)).to.equal(1)
    expect(world.rounds.at(-1)).to.equal(1)
  })

  it('does not wait longer for each thing that happens', () => {
    const world = new World().calm()
    world.ticker.hurry()
    world.pass(BUSY - 1)
    world.ticker.hurry()
    world.ticker.start()

    expect(world.pass(1)).to.equal(1)
    expect(world.clock.pending).to.equal(1)
  })

  it('ticks soon behind a tick that finds something', () => {
    const world = new World().calm()
    world.onTick = () => {
      world.isBusy = true
      world.ticker.hurry()
    }
    world.pass(QUIET)

    expect(world.pass(10 * BUSY)).to.equal(10)
    expect(world.clock.pending).to.equal(1)
  })

  it('does not tick once stopped, also by a tick, until it is started', () => {
    const world = new World().calm()
    world.ticker.stop()
    world.ticker.hurry()
    expect(world.clock.pending).to.equal(0)

    world.onTick = () => { world.ticker.stop() }
    world.ticker.start()
    expect(world.pass(BUSY)).to.equal(1)
    expect(world.clock.pending).to.equal(0)

    world.onTick = () => {
      world.ticker.stop()
      world.ticker.start()
    }
    world.ticker.start()
    expect(world.pass(10 * QUIET)).to.be.greaterThan(9)
    expect(world.clock.pending).to.equal(1)
  })

  it('goes on behind a tick that throws', () => {
    const world = new World().calm()
    world.onTick = () => { throw new Error('Boom') }

    expect(() => world.pass(QUIET)).to.throw('Boom')
    expect(world.clock.pending).to.equal(1)
  })
})
