import { expect } from 'aegir/chai'
import { formatDuration, formatElapsed, formatMilliseconds, formatTick } from '../../examples/browser/figures.ts'

describe('the figures of the page', () => {
  for (const [ms, text] of [[0, '0 s'], [59_999, '59 s'], [60_000, '1 min 0 s'], [125_000, '2 min 5 s'], [12_000_000, '3 h 20 min']] as const) {
    it(`shows that something has lasted for ${ms} ms as ${text}`, () => {
      expect(formatDuration(ms)).to.equal(text)
    })
  }

  for (const [ms, text] of [[0.5, '0.500 ms'], [720.4, '720 ms'], [4_210, '4.2 s'], [125_000, '2 min 5 s']] as const) {
    it(`shows that something took ${ms} ms as ${text}`, () => {
      expect(formatElapsed(ms)).to.equal(text)
    })
  }

  it('shows a time of which there is none as a dash', () => {
    expect(formatMilliseconds(undefined)).to.equal('–')
    expect(formatMilliseconds(1.234)).to.equal('1.23')
  })

  it('labels an axis in ms, and in s from a second on', () => {
    expect([0, 0.2, 500, 1_000, 2_500].map(formatTick)).to.deep.equal(['0 ms', '0.2 ms', '500 ms', '1 s', '2.5 s'])
  })
})
