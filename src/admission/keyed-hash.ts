/**
 * HalfSipHash-2-4 with 64 bits (https://github.com/veorq/SipHash): a hash that
 * strangers can't compute, so they can't choose what falls into the same place of a
 * table of fixed size. It looks at 20,000 requests a second, where one of a library
 * for cryptography takes a third of a processor.
 */

const KEY_LENGTH = 8

export class KeyedHash {
  private readonly k0: number
  private readonly k1: number

  constructor (key: Uint8Array = crypto.getRandomValues(new Uint8Array(KEY_LENGTH))) {
    const view = new DataView(key.buffer, key.byteOffset)
    this.k0 = view.getUint32(0, true)
    this.k1 = view.getUint32(4, true)
  }

  /**
   * 64 bits of a text in ASCII
   */
  of (text: string): [number, number] {
    const { k0, k1 } = this
    const { length } = text
    let v0 = k0
    let v1 = k1 ^ 0xee
    let v2 = k0 ^ 0x6c796765
    let v3 = k1 ^ 0x74656462

    function mix (rounds: number): void {
      for (let i = 0; i < rounds; i++) {
        v0 = (v0 + v1) | 0
        v1 = (v1 << 5 | v1 >>> 27) ^ v0
        v0 = v0 << 16 | v0 >>> 16
        v2 = (v2 + v3) | 0
        v3 = (v3 << 8 | v3 >>> 24) ^ v2
        v0 = (v0 + v3) | 0
        v3 = (v3 << 7 | v3 >>> 25) ^ v0
        v2 = (v2 + v1) | 0
        v1 = (v1 << 13 | v1 >>> 19) ^ v2
        v2 = v2 << 16 | v2 >>> 16
      }
    }

    for (let i = 0; i <= length; i += 4) {
      let word = i + 4 > length ? length << 24 : 0

      for (let j = i; j < Math.min(i + 4, length); j++) {
        word |= (text.charCodeAt(j) & 0xff) << 8 * (j - i)
      }

      v3 ^= word
      mix(2)
      v0 ^= word
    }

    v2 ^= 0xee
    mix(4)
    const first = (v1 ^ v3) >>> 0

    v1 ^= 0xdd
    mix(4)

    return [first, (v1 ^ v3) >>> 0]
  }
}
