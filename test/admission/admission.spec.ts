import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Admission } from '../../src/admission/admission.ts'
import { KeyedHash } from '../../src/admission/keyed-hash.ts'
import type { AdmissionInit, Decision, Reached } from '../../src/admission/admission.ts'

const HOST = '192.0.2.1'

function create (init: Partial<AdmissionInit> = {}): Admission {
  return new Admission({
    maxPending: 4,
    maxHandshakes: 4,
    rate: 1_000,
    sourceRate: 1_000,
    hash: new KeyedHash(new Uint8Array(16)),
    ...init
  })
}

/**
 * Keys of so many requests
 */
function keys (count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`)
}

describe('admission', () => {
  const verdict = ({ verdict }: Decision): string => verdict

  it('accepts a request, and knows its retransmissions', () => {
    const admission = create()

    expect(verdict(admission.request('a', HOST, 0))).to.equal('accept')
    expect(verdict(admission.request('a', HOST, 500))).to.equal('duplicate')
    expect(admission.size).to.equal(1)
  })

  it('accepts again what has ended without an answer', () => {
    const admission = create()
    admission.request('a', HOST, 0)
    admission.release('a')

    expect(verdict(admission.request('a', HOST, 500))).to.equal('accept')
  })

  it('does not set up again for a dialer that had answered, among the last 1,024', () => {
    const admission = create()

    for (const key of keys(1_025)) {
      expect(verdict(admission.request(key, HOST, 0))).to.equal('accept')
      admission.proved(key, 1)
      admission.secured(key, 1)
      admission.release(key, true)
    }

    expect(admission.size).to.equal(0)
    expect(verdict(admission.request('1', HOST, 2))).to.equal('ended')
    expect(verdict(admission.request('1024', HOST, 2))).to.equal('ended')
    expect(verdict(admission.request('0', HOST, 2))).to.equal('accept')
  })

  it('is not disturbed by what is not known, or comes twice', () => {
    const admission = create({ maxPending: 1 })
    admission.request('a', HOST, 0)
    admission.proved('b', 1)
    admission.secured('b', 1)
    admission.release('b')
    expect(admission.size).to.equal(1)

    admission.secured('a', 1)
    admission.secured('a', 1)
    admission.proved('a', 2)
    admission.release('a')
    admission.release('a')
    expect(admission.size).to.equal(0)
  })

  it('counts what it said, also of requests that are of no version of the protocol', () => {
    const admission = create({ maxPending: 1, rate: 2 })

    for (const key of ['a', 'a', 'b', 'c', undefined, undefined]) {
      admission.request(key, HOST, 0)
    }

    admission.request('b', HOST, 400)
    admission.request('d', HOST, 800)
    admission.proved('b', 900)
    admission.release('b')
    admission.request('b', HOST, 1_000)

    expect(admission.counts).to.deep.equal({ accept: 2, duplicate: 1, ended: 1, later: 0, full: 3, malformed: 2, displaced: 1 })
  })

  describe('where as many wait for an answer as may', () => {
    function full (): Admission {
      const admission = create({ maxPending: 2 })
      admission.request('a', HOST, 0)
      admission.request('b', HOST, 100)

      return admission
    }

    it('takes no more, for as long as an honest dialer may need to answer', () => {
      expect(verdict(full().request('c', HOST, 299))).to.equal('full')
    })

    it('lets the oldest give way then', () => {
      const admission = full()

      expect(admission.request('c', HOST, 300)).to.deep.equal({ verdict: 'accept', displaced: 'a' })
      expect(verdict(admission.request('d', HOST, 399))).to.equal('full')
      expect(admission.request('d', HOST, 400)).to.deep.equal({ verdict: 'accept', displaced: 'b' })
    })

    it('does not take one that gave way until nothing is left of it', () => {
      const admission = full()
      admission.request('c', HOST, 300)

      expect(verdict(admission.request('a', HOST, 500))).to.equal('duplicate')
      admission.release('a')
      expect(verdict(admission.request('a', HOST, 600))).to.equal('accept')
    })

    it('takes more when one has answered, which does not give way to one that has not', () => {
      const admission = full()
      admission.proved('a', 150)

      expect(admission.request('c', HOST, 160)).to.deep.equal({ verdict: 'accept', displaced: undefined })
      expect(admission.request('d', HOST, 1_000)).to.deep.equal({ verdict: 'accept', displaced: 'b' })
    })

    it('lets none give way that was seen more often', () => {
      const admission = create({ maxPending: 1, rate: 1 })
      admission.request('spends', HOST, 0)
      admission.release('spends')
      admission.request('a', HOST, 1)
      admission.request('a', HOST, 501)

      expect(admission.size).to.equal(1)
      expect(verdict(admission.request('b', HOST, 2_000))).to.equal('full')
      expect(admission.request('b', HOST, 2_500)).to.deep.equal({ verdict: 'accept', displaced: 'a' })
    })
  })

  describe('where as many have answered as may', () => {
    function full (): Admission {
      const admission = create({ maxHandshakes: 2 })

      for (const key of ['a', 'b', 'c']) {
        expect(verdict(admission.request(key, HOST, 0))).to.equal('accept')
      }

      expect(admission.proved('a', 10)).to.equal(undefined)
      expect(admission.proved('b', 11)).to.equal(undefined)

      return admission
    }

    it('lets the oldest without DTLS give way, after the time that it takes', () => {
      const admission = full()

      expect(admission.proved('c', 1_010)).to.equal('a')
      expect(verdict(admission.request('a', HOST, 1_020))).to.equal('duplicate')
      admission.release('a')
      expect(verdict(admission.request('a', HOST, 1_020))).to.equal('ended')
    })

    it('lets the new one give way before that', () => {
      expect(full().proved('c', 1_009)).to.equal('c')
    })

    it('lets one give way whose DTLS is up only after the others, and the time that Noise takes', () => {
      const admission = full()
      admission.secured('a', 20)
      expect(admission.proved('c', 2_000)).to.equal('b')

      admission.release('b')
      admission.secured('c', 2_010)
      expect(verdict(admission.request('e', HOST, 3_019))).to.equal('full')
      expect(verdict(admission.request('e', HOST, 3_100))).to.equal('accept')
      expect(admission.proved('e', 3_100)).to.equal('a')
    })

    it('takes no request that would find no place', () => {
      const admission = full()
      admission.release('c')

      expect(verdict(admission.request('d', HOST, 1_009))).to.equal('full')
      expect(verdict(admission.request('d', HOST, 1_100))).to.equal('accept')
    })
  })

  describe('where what tells of it waits for its turn', () => {
    it('lets none give way that has answered', () => {
      const reached: Record<string, Reached> = { a: 'proved', b: 'asked' }
      const admission = create({ maxPending: 2, reached: key => reached[key] })
      admission.request('a', HOST, 0)
      admission.request('b', HOST, 0)

      expect(admission.request('c', HOST, 300)).to.deep.equal({ verdict: 'accept', displaced: 'b' })
    })

    it('lets none give way whose DTLS is up', () => {
      const reached: Record<string, Reached> = {}
      const admission = create({ maxHandshakes: 2, reached: key => reached[key] })

      for (const key of ['a', 'b', 'c']) {
        admission.request(key, HOST, 0)
      }

      Object.assign(reached, { a: 'secured', b: 'proved', c: 'proved' })
      admission.proved('a', 1)
      admission.proved('b', 2)
      expect(admission.proved('c', 2_000)).to.equal('b')
    })

    it('takes no more than there is a place for, when all have told', () => {
      const reached: Record<string, Reached> = { a: 'proved', b: 'proved', c: 'asked' }
      const admission = create({ maxHandshakes: 2, reached: key => reached[key] })

      expect(['a', 'b', 'c'].map(key => verdict(admission.request(key, HOST, 0)))).to.deep.equal(['accept', 'accept', 'full'])
    })
  })

  describe('has a budget', () => {
    it('for all, and takes the second appearance of a request where it is used up', () => {
      const admission = create({ rate: 2 })
      const first = keys(4).map(key => verdict(admission.request(key, HOST, 0)))
      const second = keys(4).map(key => verdict(admission.request(key, HOST, 50)))

      expect(first).to.deep.equal(['accept', 'accept', 'later', 'later'])
      expect(second).to.deep.equal(['duplicate', 'duplicate', 'accept', 'accept'])
    })

    it('that takes no burst of the same request for another appearance', () => {
      const admission = create({ rate: 1 })
      admission.request('a', HOST, 0)

      expect([0, 1, 39].map(now => verdict(admission.request('b', HOST, now)))).to.deep.equal(['later', 'later', 'later'])
    })

    it('that begins from 1 with a request that has not come for long', () => {
      const admission = create({ rate: 1 })
      admission.request('a', HOST, 0)
      admission.request('b', HOST, 0)
      admission.request('c', HOST, 6_000)

      expect(verdict(admission.request('b', HOST, 6_001))).to.equal('later')
    })

    it('for one source, which costs no other', () => {
      const admission = create({ maxPending: 100, sourceRate: 1 })

      expect(keys(6).map(key => verdict(admission.request(key, HOST, 0)))).to.deep.equal(['accept', 'accept', 'accept', 'accept', 'later', 'later'])
      expect(verdict(admission.request('z', '192.0.2.2', 0))).to.equal('accept')
    })

    it('for one network of IPv6', () => {
      const admission = create({ maxPending: 100, sourceRate: 1 })
      const hosts = ['2001:db8:1:2::1', '2001:db8:1:2::2', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2:ffff::', '2001:0db8:1:2::9']

      expect(hosts.map((host, i) => verdict(admission.request(`${i}`, host, 0)))).to.deep.equal(['accept', 'accept', 'accept', 'accept', 'later'])
      expect(verdict(admission.request('z', '2001:db8:1:3::1', 0))).to.equal('accept')
    })

    it('that comes back with time, and at once from those that libp2p has got', () => {
      const admission = create({ rate: 1 })
      admission.request('a', HOST, 0)
      expect(verdict(admission.request('b', HOST, 500))).to.equal('later')
      expect(verdict(admission.request('c', HOST, 1_000))).to.equal('accept')

      admission.proved('c', 1_001)
      expect(verdict(admission.request('d', HOST, 1_002))).to.equal('later')
      admission.secured('c', 1_003)
      expect(verdict(admission.request('e', HOST, 1_003))).to.equal('later')
      admission.release('c', true)
      expect(verdict(admission.request('f', HOST, 1_004))).to.equal('accept')
    })
  })

  describe('while the listener settles', () => {
    it('takes a request when it comes again soon, as that of a dialer that connects', () => {
      const admission = create({ settledAt: 30_000 })

      expect([0, 500].map(now => verdict(admission.request('a', HOST, now)))).to.deep.equal(['later', 'accept'])
    })

    it('does not take those of dialers that are connected with the process before', () => {
      const admission = create({ settledAt: 30_000 })

      expect([0, 4_000, 9_000, 11_500].map(now => verdict(admission.request('a', HOST, now)))).to.deep.equal(['later', 'later', 'later', 'later'])
    })

    it('takes each at once when that is over', () => {
      expect(verdict(create({ settledAt: 30_000 }).request('a', HOST, 30_000))).to.equal('accept')
    })
  })

  it('never has more at a time than it may, and forgets what has ended', () => {
    const step = fc.record({ key: fc.integer({ min: 0, max: 30 }).map(String), time: fc.integer({ min: 0, max: 400 }), what: fc.constantFrom('request', 'proved', 'secured', 'release') })

    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), (steps, maxPending, maxHandshakes) => {
      const admission = create({ maxPending, maxHandshakes, rate: 20, sourceRate: 10 })
      const phases = new Map<string, 'asked' | 'proved' | 'secured'>()
      const displaced = new Set<string>()
      let now = 0

      const push = (key?: string): void => {
        if (key != null) {
          expect(phases.delete(key)).to.equal(true)
          displaced.add(key)
        }
      }

      for (const { key, time, what } of steps) {
        now += time

        if (what === 'request') {
          const decision = admission.request(key, HOST, now)
          push(decision.displaced)

          if (decision.verdict === 'accept') {
            expect(phases.has(key) || displaced.has(key)).to.equal(false)
            phases.set(key, 'asked')
          }
        } else if (what === 'proved' && phases.get(key) === 'asked') {
          phases.set(key, 'proved')
          push(admission.proved(key, now))
        } else if (what === 'secured' && phases.get(key) === 'proved') {
          phases.set(key, 'secured')
          admission.secured(key, now)
        } else if (what === 'release') {
          phases.delete(key)
          displaced.delete(key)
          admission.release(key)
        }

        const all = [...phases.values()]
        expect(all.filter(phase => phase === 'asked').length).to.be.at.most(maxPending)
        expect(all.filter(phase => phase !== 'asked').length).to.be.at.most(maxHandshakes)
        expect(admission.size).to.equal(phases.size + displaced.size)
      }
    }))
  })
})
