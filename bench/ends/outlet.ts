/**
 * Writes no faster than a stream takes it.
 */
import type { BenchStream } from './end.ts'

/**
 * How much is written at once, in bytes: as a file is read
 */
const PIECE = Buffer.alloc(64 * 1024, 'libp2p ')

export class Outlet {
  private readonly stream: BenchStream
  private readonly waiting: Uint8Array[] = []
  private isBlocked = false
  private isClosing = false

  constructor (stream: BenchStream) {
    this.stream = stream
  }

  write (data: Uint8Array): void {
    if (this.isBlocked) {
      this.waiting.push(data)
    } else if (!this.stream.send(data)) {
      this.isBlocked = true
      this.stream.drained().then(() => { this.onDrain() }, () => {})
    }
  }

  close (): void {
    this.isClosing = true

    if (!this.isBlocked) {
      this.stream.close()
    }
  }

  private onDrain (): void {
    this.isBlocked = false

    while (!this.isBlocked && this.waiting.length > 0) {
      this.write(this.waiting.shift() as Uint8Array)
    }

    if (!this.isBlocked && this.isClosing) {
      this.stream.close()
    }
  }
}

/**
 * Writes so many bytes, and half-closes
 */
export async function writeBytes (stream: BenchStream, bytes: number): Promise<void> {
  for (let left = bytes; left > 0; left -= PIECE.byteLength) {
    if (!stream.send(PIECE.subarray(0, left))) {
      await stream.drained()
    }
  }

  stream.close()
}
