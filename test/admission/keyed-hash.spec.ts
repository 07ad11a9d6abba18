import { expect } from 'aegir/chai'
import { KeyedHash } from '../../src/admission/keyed-hash.ts'

// vectors_hsip64 of the reference implementation: the key and the text are 0, 1, 2, …
const VECTORS = [
  '218d1f59b9b83cc8', 'be552412f8387315', '064f39ef7c50eb57', 'ce0f1a45f7060679', 'd5e78a175be52ea1', 'cb9d7c3f2f3db580',
  'ce3e91358aa2bc25', 'ff202728b07bc684', 'edfee820bce4858c', '5b51cccc13888307', '95b0469f06a6f2ee', 'ae26333994ddcd48',
  '7bc71f9faef5c799', '5a2352d75a0c3744', '3bb1a870eae8e658', '217d0bcb4e81c902', '7336aad25f7bf3b5', '37adc0641c4c4f6a'
]

describe('the keyed hash', () => {
  VECTORS.forEach((vector, length) => {
    it(`is HalfSipHash-2-4 of ${length} bytes`, () => {
      const hash = new KeyedHash(Uint8Array.from({ length: 8 }, (_, i) => i))
      const bytes = Buffer.alloc(8)
      hash.of(String.fromCharCode(...Array(length).keys())).forEach((word, i) => { bytes.writeUInt32LE(word, 4 * i) })

      expect(bytes.toString('hex')).to.equal(vector)
    })
  })

  it('is another one with another key', () => {
    expect(new Set(Array.from({ length: 100 }, () => new KeyedHash().of('text').join()))).to.have.property('size', 100)
  })
})
