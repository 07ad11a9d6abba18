import { expect } from 'aegir/chai'
import { chanceOfSoFew } from '../../chaos/fisher.ts'

describe("Fisher's exact test", () => {
  it('says how likely so few are, as in the table of a lady who tastes tea', () => {
    expect(chanceOfSoFew({ good: 1, total: 4 }, { good: 3, total: 4 })).to.be.closeTo(17 / 70, 1e-9)
    expect(chanceOfSoFew({ good: 0, total: 4 }, { good: 4, total: 4 })).to.be.closeTo(1 / 70, 1e-9)
  })

  it('is sure where there is nothing to tell', () => {
    expect(chanceOfSoFew({ good: 6, total: 6 }, { good: 6, total: 6 })).to.be.closeTo(1, 1e-9)
    expect(chanceOfSoFew({ good: 0, total: 6 }, { good: 0, total: 6 })).to.be.closeTo(1, 1e-9)
    expect(chanceOfSoFew({ good: 1, total: 2 }, { good: 0, total: 0 })).to.be.closeTo(1, 1e-9)
  })

  it('takes trials of different numbers', () => {
    // 1 of 10 against 11 of 14: a textbook's example
    expect(chanceOfSoFew({ good: 1, total: 10 }, { good: 11, total: 14 })).to.be.closeTo(0.001379728, 1e-8)
  })
})
