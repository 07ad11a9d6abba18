/**
 * Takes the bytes of a fuzzer apart. Where there are no more, they are zeros.
 */
export class ByteReader {
  private readonly bytes: Uint8Array
  private at = 0

  constructor (bytes: Uint8Array) {
    this.bytes = bytes
  }

  get isDone (): boolean {
    return this.at >= this.bytes.byteLength
  }

  byte (): number {
    return this.bytes[this.at++] ?? 0
  }

  /**
   * As many bytes as the next one says
   */
  piece (): Uint8Array {
    const length = this.byte()

    return this.take(length)
  }

  text (): string {
    return Buffer.from(this.piece()).toString('latin1')
  }

  /**
   * All that are left
   */
  rest (): Uint8Array {
    return this.take(this.bytes.byteLength)
  }

  private take (length: number): Uint8Array {
    const taken = this.bytes.slice(this.at, this.at + length)
    this.at += length

    return taken
  }
}
