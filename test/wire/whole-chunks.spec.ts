import { expect } from 'aegir/chai'
import { wholeChunks } from '../../src/wire/framing.ts'

describe('frames that fill chunks', () => {
  for (const [maxFrame, chunk, length] of [
    [4_096, 1_144, 3_432],
    [16_384, 1_144, 16_016],
    [1_144, 1_144, 1_144],
    [1_145, 1_144, 1_144],
    [1_000, 1_144, 1_000],
    [64, 1_144, 64],
    [4_096, 4_008, 4_008],
    [4_096, 1_364, 4_092]
  ]) {
    it(`are of ${length} bytes where ${maxFrame} may be sent over chunks of ${chunk}`, () => {
      expect(wholeChunks(maxFrame, chunk)).to.equal(length)
    })
  }
})
