/**
 * The bytes that are sent: byte `i` is `(31 * i + 7) mod 251`.
 */
import { equals } from 'uint8arrays/equals'

/**
 * 251 is a prime, so the pattern begins anew there
 */
const PERIOD = 251

/**
 * The longest piece, in bytes
 */
const MAX_PIECE = 64 * 1024

const bytes = Uint8Array.from({ length: PERIOD + MAX_PIECE }, (_, i) => (31 * i + 7) % 251)

/**
 * The pattern from an offset on: as many bytes as asked for, but no more than
 * a stream is given at a time
 */
export function patternPiece (offset: number, length: number): Uint8Array {
  const start = offset % PERIOD

  return bytes.subarray(start, start + Math.min(length, MAX_PIECE))
}

/**
 * Whether data is what the pattern holds from an offset on
 */
export function isPattern (data: Uint8Array, offset: number): boolean {
  for (let done = 0; done < data.byteLength;) {
    const expected = patternPiece(offset + done, data.byteLength - done)

    if (!equals(data.subarray(done, done + expected.byteLength), expected)) {
      return false
    }

    done += expected.byteLength
  }

  return true
}
