import { setImmediate as aTurn } from 'node:timers/promises'
import { expect } from 'aegir/chai'
import { Turnstile } from '../src/turnstile.ts'
import { FakeClock } from './support/fake-clock.ts'

/**
 * For how long some are let through in one turn, in ms, and how many there are at most
 */
const BUDGET = 20
const AT_ONCE = 32

describe('a turnstile', () => {
  let clock: FakeClock
  let turnstile: Turnstile
  let passed: number[]

  beforeEach(() => {
    clock = new FakeClock(0)
    turnstile = new Turnstile(clock)
    passed = []
  })

  /**
   * Each of them takes so long, in ms
   */
  function come (count: number, time: number): void {
    Array.from({ length: count }, (_, i) => i).forEach(i => {
      turnstile.enter(() => {
        passed.push(i)
        clock.pass(time)
      })
    })
  }

  /**
   * How many have passed, then and after each of so many turns of the event loop
   */
  async function counts (turns: number): Promise<number[]> {
    const counts = [passed.length]

    for (let turn = 0; turn < turns; turn++) {
      await aTurn()
      counts.push(passed.length)
    }

    return counts
  }

  it('lets the first through at once, and the others in order', async () => {
    come(4, 1)
    expect(passed).to.deep.equal([0])
    await aTurn()
    await aTurn()
    expect(passed).to.deep.equal([0, 1, 2, 3])
  })

  for (const [time, inTurn] of [[BUDGET, 1], [BUDGET + 1, 1], [BUDGET / 2, 2], [7, 3], [0, AT_ONCE]]) {
    it(`lets ${inTurn} through in a turn of the event loop where each takes ${time} ms`, async () => {
      come(3 * inTurn + 1, time)

      expect(await counts(4)).to.deep.equal([1, 1, inTurn + 1, 2 * inTurn + 1, 3 * inTurn + 1])
    })
  }

  it('lets one through also in a turn that came late', async () => {
    come(2, 0)
    await aTurn()
    clock.pass(10 * BUDGET)
    await aTurn()
    expect(passed).to.deep.equal([0, 1])
  })

  it('lets the next one through when what one has begun waits', async () => {
    const order: string[] = []
    const { signal } = new AbortController()

    await Promise.all(['a', 'b', 'c'].map(async name => {
      await turnstile.pass(signal)
      order.push(`${name} begins`)
      await Promise.resolve()
      await Promise.resolve()
      order.push(`${name} waits`)
    }))

    expect(order).to.deep.equal(['a begins', 'a waits', 'b begins', 'b waits', 'c begins', 'c waits'])
  })

  it('is free again when nobody waits', async () => {
    come(1, 0)
    await aTurn()
    come(1, 0)
    expect(passed).to.deep.equal([0, 0])
  })

  it('lets nobody through at once who comes while somebody goes through', async () => {
    turnstile.enter(() => {
      turnstile.enter(() => { passed.push(2) })
      passed.push(1)
    })

    expect(passed).to.deep.equal([1])
    await aTurn()
    await aTurn()
    expect(passed).to.deep.equal([1, 2])
  })

  it('rejects whoever has given up waiting, at once', async () => {
    const controller = new AbortController()

    await turnstile.pass(controller.signal)
    const passing = turnstile.pass(controller.signal)
    controller.abort(new Error('no more'))

    await expect(passing).to.eventually.be.rejectedWith('no more')
  })
})
