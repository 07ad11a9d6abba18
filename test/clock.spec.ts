import { expect } from 'aegir/chai'
import { systemClock } from '../src/clock.ts'

describe('the clock', () => {
  it('has timers that do not keep the process alive', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter(type => type === 'Timeout').length
    const before = timers()
    const cancel = systemClock.after(60_000, () => {})

    expect(timers()).to.equal(before)
    cancel()
  })
})
