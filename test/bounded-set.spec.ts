import { expect } from 'aegir/chai'
import { BoundedSet } from '../src/bounded-set.ts'

describe('a bounded set', () => {
  it('forgets what was added first', () => {
    const set = new BoundedSet<number>(2)

    for (const value of [1, 2, 3]) {
      set.add(value)
    }

    expect([1, 2, 3].map(value => set.has(value))).to.deep.equal([false, true, true])
  })

  it('forgets nothing when it is given what it has', () => {
    const set = new BoundedSet<number>(2)

    for (const value of [1, 2, 1]) {
      set.add(value)
    }

    expect([1, 2].map(value => set.has(value))).to.deep.equal([true, true])
  })

  it('has room again for what was deleted', () => {
    const set = new BoundedSet<number>(2)
    set.add(1)
    set.add(2)
    set.delete(2)
    set.add(3)

    expect([1, 2, 3].map(value => set.has(value))).to.deep.equal([true, false, true])
  })
})
