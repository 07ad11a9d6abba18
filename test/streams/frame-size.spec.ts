import { expect } from 'aegir/chai'
import { FrameSize } from '../../src/streams/frame-size.ts'

const CHUNK = 1_144

describe('the length of frames', () => {
  it('is what everybody reads, and what the specification allows to those that read it', () => {
    const size = new FrameSize(CHUNK)
    expect(size).to.include({ maxMessage: 4_096, long: 3 * CHUNK, short: CHUNK })

    size.allow()
    expect(size).to.include({ maxMessage: 16_384, long: 14 * CHUNK, short: CHUNK })
    expect(size.longPayload).to.be.within(14 * CHUNK - 8, 14 * CHUNK - 4)
  })

  for (const limit of [64, 1_000, 4_096, 5_000, 16_384]) {
    it(`is at most ${limit} where that was asked for, whoever the remote is`, () => {
      const size = new FrameSize(CHUNK, limit)

      for (const allow of [() => {}, () => { size.allow() }]) {
        allow()
        expect(size.maxMessage).to.equal(limit)
        expect(size.long).to.be.within(limit - CHUNK + 1, limit)
        expect(size.short).to.equal(Math.min(limit, CHUNK))
      }
    })
  }
})
