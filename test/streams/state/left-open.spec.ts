import { expect } from 'aegir/chai'
import { LeftOpen } from '../../../src/streams/state/left-open.ts'

const PATIENCE = 10_000
const MANY = 32
const LONG = 500

describe('channels that the remote leaves open', () => {
  /**
   * So many streams of the remote end, one every ms
   */
  function afterEndOf (count: number): LeftOpen {
    const leftOpen = new LeftOpen()

    for (let id = 0; id < count; id++) {
      expect(leftOpen.closeDelay(id, id, 0)).to.equal(PATIENCE)
    }

    return leftOpen
  }

  it('are given time to be closed by the remote, more on a long path', () => {
    expect(new LeftOpen().closeDelay(1, 0, 0)).to.equal(PATIENCE)
    expect(new LeftOpen().closeDelay(1, 0, 300)).to.equal(PATIENCE + 1_200)
  })

  it('are closed at once from when many were left open for long', () => {
    expect(afterEndOf(MANY).closeDelay(MANY, MANY - 1 + LONG, 0)).to.equal(0)
  })

  it('are given time while only few were left open for long', () => {
    expect(afterEndOf(MANY).closeDelay(MANY, MANY - 2 + LONG, 0)).to.equal(PATIENCE)
    expect(afterEndOf(MANY - 1).closeDelay(MANY, PATIENCE - 1, 0)).to.equal(PATIENCE)
  })

  it('are given time while it takes that long to close them', () => {
    const now = MANY - 1 + LONG

    expect(afterEndOf(MANY).closeDelay(MANY, now, 1)).to.equal(PATIENCE + 4)
    expect(afterEndOf(MANY).closeDelay(MANY, now + 4, 1)).to.equal(0)
  })

  it('are given time if the remote has closed any before', () => {
    const leftOpen = afterEndOf(MANY + 1)
    leftOpen.closed(0, 'remote')

    expect(leftOpen.closeDelay(MANY + 1, PATIENCE - 1, 0)).to.equal(PATIENCE)
  })

  it('are given time again once the others were closed here', () => {
    const leftOpen = afterEndOf(MANY)
    leftOpen.closed(0, 'here')

    expect(leftOpen.closeDelay(MANY, PATIENCE - 1, 0)).to.equal(PATIENCE)
  })
})
