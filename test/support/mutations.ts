/**
 * Bytes that were right before something happened to them
 */
import fc from 'fast-check'

const change = fc.oneof(
  fc.record({ what: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ what: fc.constant('set' as const), at: fc.nat(), byte: fc.constantFrom(0, 1, 0x7f, 0x80, 0xff) }),
  fc.record({ what: fc.constant('cut' as const), at: fc.nat() }),
  fc.record({ what: fc.constant('remove' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 16 }) }),
  fc.record({ what: fc.constant('insert' as const), at: fc.nat(), bytes: fc.uint8Array({ maxLength: 64 }) }),
  fc.record({ what: fc.constant('repeat' as const), at: fc.nat(), count: fc.integer({ min: 1, max: 400 }) })
)

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

function apply (bytes: Buffer, change: Change): Buffer {
  const at = bytes.byteLength === 0 ? 0 : change.at % bytes.byteLength
  const result = Buffer.from(bytes)

  switch (change.what) {
    case 'flip':
      result[at] ^= 1 << change.bit
      return result
    case 'set':
      result[at] = change.byte
      return result
    case 'cut':
      return result.subarray(0, at)
    case 'remove':
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.count)])
    case 'insert':
      return Buffer.concat([bytes.subarray(0, at), change.bytes, bytes.subarray(at)])
    case 'repeat':
      return Buffer.concat([bytes.subarray(0, at), Buffer.alloc(change.count, bytes[at] ?? 0), bytes.subarray(at)])
    default:
      return change satisfies never
  }
}

export function mutated (originals: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Buffer> {
  return fc.tuple(originals, fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([original, changes]) => changes.reduce(apply, Buffer.from(original)))
}

export function mutatedText (...originals: string[]): fc.Arbitrary<string> {
  return mutated(fc.constantFrom(...originals).map(text => Buffer.from(text))).map(bytes => bytes.toString())
}
