/**
 * Counts of bytes, as the protocols of the benchmark send them.
 */
export const NUMBER_LENGTH = 8

export function writeNumber (value: number): Uint8Array {
  const data = Buffer.alloc(NUMBER_LENGTH)
  data.writeDoubleBE(value)

  return data
}

export function readNumber (pieces: Uint8Array[]): number {
  const data = Buffer.concat(pieces)

  if (data.byteLength !== NUMBER_LENGTH) {
    throw new Error(`A number has ${NUMBER_LENGTH} bytes, and not ${data.byteLength}`)
  }

  return data.readDoubleBE()
}
