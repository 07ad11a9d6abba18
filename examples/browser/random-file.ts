/**
 * A file for whoever has none at hand.
 */

/**
 * `getRandomValues` gives no more at once
 */
const MAX_AT_ONCE = 65_536

export function randomFile (size: number): File {
  const bytes = new Uint8Array(size)

  for (let start = 0; start < size; start += MAX_AT_ONCE) {
    crypto.getRandomValues(bytes.subarray(start, start + MAX_AT_ONCE))
  }

  return new File([bytes], 'random.bin')
}
