import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Admission } from '../../src/admission/admission.ts'

describe('admission', () => {
  it('accepts a request, and knows its retransmissions', () => {
    const admission = new Admission({ maxPending: 2 })

    expect(admission.request('a')).to.equal('accept')
    expect(admission.request('a')).to.equal('duplicate')
    expect(admission.size).to.equal(1)
  })

  it('refuses what is too many, but not retransmissions', () => {
    const admission = new Admission({ maxPending: 2 })

    expect(admission.request('a')).to.equal('accept')
    expect(admission.request('b')).to.equal('accept')
    expect(admission.request('c')).to.equal('refuse')
    expect(admission.request('b')).to.equal('duplicate')
    expect(admission.size).to.equal(2)
  })

  it('does not remember what it refused', () => {
    const admission = new Admission({ maxPending: 1 })
    admission.request('a')
    admission.request('b')
    admission.release('a')

    expect(admission.size).to.equal(0)
    expect(admission.request('b')).to.equal('accept')
  })

  it('accepts again what has ended', () => {
    const admission = new Admission({ maxPending: 1 })
    admission.request('a')
    admission.release('a')

    expect(admission.request('a')).to.equal('accept')
  })

  it('does not set up again for a dialer that had answered, among the last 1,024', () => {
    const admission = new Admission({ maxPending: 1 })

    for (let i = 0; i <= 1_024; i++) {
      expect(admission.request(`${i}`)).to.equal('accept')
      admission.release(`${i}`, true)
    }

    expect(admission.size).to.equal(0)
    expect(admission.request('1')).to.equal('ended')
    expect(admission.request('1024')).to.equal('ended')
    expect(admission.request('0')).to.equal('accept')
  })

  it('counts what it said, also of requests that are of no version of the protocol', () => {
    const admission = new Admission({ maxPending: 1 })

    for (const key of ['a', 'a', 'b', undefined, undefined]) {
      admission.request(key)
    }

    admission.release('a', true)
    admission.request('a')

    expect(admission.counts).to.deep.equal({ accept: 1, duplicate: 1, ended: 1, refuse: 1, malformed: 2 })
    expect(admission.size).to.equal(0)
  })

  it('is not disturbed by the end of something unknown, or by a second end', () => {
    const admission = new Admission({ maxPending: 1 })
    admission.request('a')
    admission.release('b')
    expect(admission.size).to.equal(1)

    admission.release('a')
    admission.release('a')
    expect(admission.size).to.equal(0)
  })

  it('never has more at a time than it may', () => {
    const step = fc.record({ release: fc.boolean(), key: fc.constantFrom(...'abcdefgh') })

    fc.assert(fc.property(fc.array(step), fc.integer({ min: 1, max: 5 }), (steps, maxPending) => {
      const admission = new Admission({ maxPending })
      const pending = new Set<string>()

      for (const { release, key } of steps) {
        if (release) {
          admission.release(key)
          pending.delete(key)
        } else {
          const verdict = admission.request(key)

          const ifNew = pending.size < maxPending ? 'accept' : 'refuse'
          expect(verdict).to.equal(pending.has(key) ? 'duplicate' : ifNew)

          if (verdict === 'accept') {
            pending.add(key)
          }
        }

        expect(admission.size).to.equal(pending.size)
        expect(admission.size).to.be.at.most(maxPending)
      }
    }))
  })
})
