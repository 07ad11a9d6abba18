import { expect } from 'aegir/chai'
import { UnreadChannels } from '../../../src/streams/state/unread-channels.ts'

const PATIENCE = 5_000
const MAX_ID = 1_023
const MOST = 64

describe('channels whose remote may not have read all', () => {
  function afterEndOf (count: number, maxId = MAX_ID): UnreadChannels {
    const channels = new UnreadChannels(maxId)

    for (let id = 0; id < count; id++) {
      channels.closeDelay(id)
    }

    return channels
  }

  it('are left open for a while, the less of them there are the longer', () => {
    expect(afterEndOf(0).closeDelay(100)).to.equal(PATIENCE)
    expect(afterEndOf(32).closeDelay(100)).to.be.within(PATIENCE / 2 - 50, PATIENCE / 2)
    expect(afterEndOf(MOST).closeDelay(100)).to.equal(0)
    expect(afterEndOf(2 * MOST).closeDelay(100)).to.equal(0)
  })

  it('are left open again once others are closed', () => {
    const channels = afterEndOf(MOST)

    for (let id = 0; id < MOST; id++) {
      channels.closed(id)
    }

    expect(channels.closeDelay(100)).to.equal(PATIENCE)
  })

  it('never take more than a part of the ids', () => {
    expect(afterEndOf(1, 31).closeDelay(100)).to.be.within(1, PATIENCE / 2)
    expect(afterEndOf(2, 31).closeDelay(100)).to.equal(0)
    expect(afterEndOf(0, 7).closeDelay(100)).to.equal(PATIENCE)
    expect(afterEndOf(1, 7).closeDelay(100)).to.equal(0)
    expect(afterEndOf(MOST, 65_534).closeDelay(100)).to.equal(0)
  })

  for (const rate of [1, 10, 100, 1_000, 10_000]) {
    it(`are never too many where ${rate} streams a second end`, () => {
      const channels = new UnreadChannels(MAX_ID)
      const open = new Map<number, number>()
      let most = 0

      for (let id = 0; id < 5 * rate + 100; id++) {
        const now = id * 1_000 / rate

        for (const [other, until] of open) {
          if (until <= now) {
            channels.closed(other)
            open.delete(other)
          }
        }

        open.set(id, now + channels.closeDelay(id))
        most = Math.max(most, open.size)
      }

      expect(most).to.be.at.most(MOST + 1)
    })
  }
})
