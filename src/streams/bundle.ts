/**
 * Frames that go out as one message. Each is copied once, as what writes it uses the
 * same memory for the next one.
 */
import { MAX_OUTBOUND_FRAME } from '../wire/framing.ts'

// shared by all streams: a message is put together and sent before anything else runs
const scratch = new Uint8Array(MAX_OUTBOUND_FRAME)

export class Bundle {
  private frames: Uint8Array[] = []
  private bytes = 0

  get byteLength (): number {
    return this.bytes
  }

  add (frame: Uint8Array): void {
    this.frames.push(frame.slice())
    this.bytes += frame.byteLength
  }

  /**
   * The message, which is valid until the next one is taken; nothing if there are no
   * frames
   */
  take (): Uint8Array | undefined {
    const { frames, bytes } = this

    if (bytes === 0) {
      return
    }

    this.frames = []
    this.bytes = 0

    if (frames.length === 1) {
      return frames[0]
    }

    let at = 0

    for (const frame of frames) {
      scratch.set(frame, at)
      at += frame.byteLength
    }

    return scratch.subarray(0, bytes)
  }
}
