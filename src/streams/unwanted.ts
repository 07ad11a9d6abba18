/**
 * What a remote may send on a stream that nobody needs, before it is reset
 */
import { StreamViolationError } from '../errors.ts'
import { costOf } from '../message-cost.ts'

/**
 * How many frames may hold no data and change nothing: a flag
 * is sent once, and some programs write nothing now and then
 */
const MAX_EMPTY_FRAMES = 256

/**
 * How many more may come with each that holds data: this package nudges its stack after
 * one, not as often (`nudge-carrier.ts`)
 */
const NUDGES = 8

/**
 * How many bytes may come after STOP_SENDING was sent: Chromium has 16 MiB under
 * way on a connection at most
 */
const MAX_AFTER_STOP = 32 * 1024 * 1024

/**
 * How many may come after FIN: what was read before is not taken back for a few
 */
const MAX_AFTER_END = 64 * 1024

export class Unwanted {
  private emptyFrames = 0
  private bytes = 0

  /**
   * Data behind STOP_SENDING, or behind FIN
   *
   * @throws {StreamViolationError}
   */
  data (bytes: number, read: 'stopped' | 'closed'): void {
    if (bytes === 0) {
      return
    }

    this.bytes += costOf(bytes)

    if (read === 'closed' && this.bytes > MAX_AFTER_END) {
      throw new StreamViolationError('The remote goes on to send after the end of the stream')
    }

    if (this.bytes > MAX_AFTER_STOP) {
      throw new StreamViolationError('The remote goes on to send, although it was told that nobody reads')
    }
  }

  /**
   * A frame that is wanted
   */
  wantedFrame (): void {
    this.emptyFrames = Math.max(0, this.emptyFrames - NUDGES)
  }

  /**
   * A frame that says nothing new
   *
   * @throws {StreamViolationError}
   */
  emptyFrame (): void {
    if (++this.emptyFrames > MAX_EMPTY_FRAMES) {
      throw new StreamViolationError(`The remote sent more than ${MAX_EMPTY_FRAMES} frames without data that change nothing`)
    }
  }
}
