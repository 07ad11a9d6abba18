import { expect } from 'aegir/chai'
import { WakingTime } from '../../src/native/waking-time.ts'

describe('the time in which a remote could be heard', () => {
  it('goes on as the clock does while somebody asks', () => {
    let time = 1_000
    const waking = new WakingTime({ now: () => time })

    for (let i = 0; i < 100; i++) {
      time += 20
      waking.now()
    }

    expect(waking.now()).to.equal(2_000)
  })

  it('does not count what the process was stopped for', () => {
    let time = 1_000
    const waking = new WakingTime({ now: () => time })
    time += 60_000

    expect(waking.now()).to.equal(500)
    time += 20
    expect(waking.now()).to.equal(520)
  })
})
