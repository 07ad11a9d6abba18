import { expect } from 'aegir/chai'
import { Admission } from '../../src/admission/admission.ts'
import { KeyedHash } from '../../src/admission/keyed-hash.ts'
import { resolveOptions } from '../../src/options.ts'

/**
 * When the dialers of other implementations ask, in ms after the first time
 */
const SCHEDULES = {
  libjuice: [0, 500, 1_500, 3_500, 7_500],
  pion: Array.from({ length: 50 }, (_, i) => i * 200)
}

/**
 * How long a set-up lives without an answer, in ms
 */
const PENDING_TIME = 1_350

/**
 * How long an honest dialer needs to answer the check, and from there to the end of
 * the set-up, in ms
 */
const ROUND_TRIP = 100
const HANDSHAKE = 500

interface Flood {
  /**
   * Requests a second
   */
  rate: number
  sources: number

  /**
   * When each is sent again, in ms
   */
  again?: number
  hosts?(i: number): string
}

interface Event {
  time: number
  run (now: number): void
}

/**
 * Plays a flood, and dials of which one begins every 250 ms. Returns after which
 * time each was admitted and had the time to get through, in ms.
 */
function play (flood: Flood, duration: number, schedule: number[], honestHost: string): number[] {
  const options = resolveOptions()
  const admission = new Admission({
    maxPending: options.maxPendingConnections,
    maxHandshakes: options.maxPendingHandshakes,
    rate: options.setupRate,
    sourceRate: options.setupRatePerSource,
    hash: new KeyedHash(new Uint8Array(16))
  })
  const events: Event[] = []
  const results: number[] = []
  const alive = new Map<string, number>()
  let attempt = 0

  function at (time: number, run: (now: number) => void): void {
    let i = events.length

    while (i > 0 && events[i - 1].time > time) {
      i--
    }

    events.splice(i, 0, { time, run })
  }

  function ask (key: string, host: string, now: number, onAccept: (id: number) => void): void {
    const { verdict, displaced } = admission.request(key, host, now)

    if (displaced != null) {
      alive.delete(displaced)
      admission.release(displaced)
    }

    if (verdict === 'accept') {
      alive.set(key, ++attempt)
      onAccept(attempt)
    }
  }

  function end (key: string, id: number, isConnected = false): void {
    if (alive.get(key) === id) {
      alive.delete(key)
      admission.release(key, isConnected)
    }
  }

  function dial (start: number): void {
    const key = `honest ${start}`
    const which = results.push(Infinity) - 1

    for (const delay of schedule) {
      at(start + delay, now => {
        if (results[which] < Infinity) {
          return
        }

        ask(key, honestHost, now, id => {
          at(now + ROUND_TRIP, now => {
            if (alive.get(key) !== id || admission.proved(key, now) === key) {
              return
            }

            results[which] = now - start
            at(now + HANDSHAKE, now => {
              admission.secured(key, now)
              end(key, id, true)
            })
          })
        })
      })
    }
  }

  for (let start = 0; start < duration; start += 250) {
    dial(start)
  }

  const lie = (i: number, now: number): void => {
    const key = `liar ${i}`
    const host = flood.hosts?.(i) ?? `198.18.${(i % flood.sources) >> 8}.${i % flood.sources & 0xff}`
    ask(key, host, now, id => { at(now + PENDING_TIME, () => { end(key, id) }) })
  }

  const again: Array<{ i: number, time: number }> = []

  for (let i = 0; i < flood.rate * duration / 1_000; i++) {
    const now = i * 1_000 / flood.rate

    while (events.length > 0 && events[0].time <= now) {
      const { time, run } = events.shift() as Event
      run(time)
    }

    while (again.length > 0 && again[0].time <= now) {
      const { i, time } = again.shift() as { i: number, time: number }
      lie(i, time)
    }

    lie(i, now)

    if (flood.again != null) {
      again.push({ i, time: now + flood.again })
    }
  }

  return results.slice(0, -40).sort((a, b) => a - b)
}

describe('in a flood of requests that are made up', () => {
  const HONEST = '203.0.113.1'

  function within (results: number[], ms: number): number {
    return results.filter(result => result <= ms).length / results.length
  }

  for (const [dialer, schedule] of Object.entries(SCHEDULES)) {
    describe(`dialers of ${dialer}`, () => {
      it('do not notice 20,000 a second of one source', () => {
        const results = play({ rate: 20_000, sources: 1 }, 15_000, schedule, HONEST)

        expect(within(results, 300)).to.be.at.least(0.5)
        expect(within(results, 1_000)).to.equal(1)
      })

      it('get through 2,000 a second of 4,096 sources', () => {
        const results = play({ rate: 2_000, sources: 4_096 }, 30_000, schedule, HONEST)

        expect(within(results, 1_000)).to.be.at.least(0.5)
        expect(within(results, 5_000)).to.be.at.least(0.99)
      })

      it('get through 20,000 a second of 4,096 sources', () => {
        expect(within(play({ rate: 20_000, sources: 4_096 }, 15_000, schedule, HONEST), 10_000)).to.be.at.least(0.95)
      })

      for (const again of [50, 500]) {
        it(`get through 2,000 a second of 4,096 sources that come again after ${again} ms`, () => {
          expect(within(play({ rate: 1_000, sources: 4_096, again }, 30_000, schedule, HONEST), 10_000)).to.be.at.least(0.95)
        })
      }

      it('get through 200 a second of their own address', () => {
        expect(within(play({ rate: 200, sources: 1, hosts: () => HONEST }, 30_000, schedule, HONEST), 10_000)).to.be.at.least(0.99)
      })
    })
  }
})
