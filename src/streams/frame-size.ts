/**
 * How long frames to a remote may be, which the streams of a connection share.
 *
 * | the remote          | known by                                   | the longest message, in bytes |
 * |---------------------|--------------------------------------------|-------------------------------|
 * | any                 | from the beginning                         | 4,096, which every implementation in the field reads: go-libp2p reads the start of a frame through a buffer of that size, rust-libp2p can't read more than 8,192 |
 * | is js-libp2p        | its agent version (`agent.ts`)             | 16,384, what the specification allows: this package and `@libp2p/webrtc` read it |
 * | is litep2p          | how it negotiates (`remote-habits.ts`)     | 16,384: it resets a stream whose reader is 256 messages late, so the fewer the better |
 *
 * A limit that was asked for holds for both. A remote that says it is what it is not
 * loses its own streams.
 */
import { MAX_OUTBOUND_FRAME, maxPayload, wholeChunks } from '../wire/framing.ts'

const EVERYBODY = 4_096

export class FrameSize {
  private readonly chunk: number
  private readonly limit?: number

  /**
   * How long a message may be, in bytes
   */
  maxMessage = 0

  /**
   * The longest frame, and the longest that fits into one chunk of the stack, with
   * prefix and in bytes
   */
  long = 0
  readonly short: number

  /**
   * How many bytes of data they hold
   */
  longPayload = 0
  readonly shortPayload: number

  /**
   * @param chunk - how long a chunk of the stack may be, in bytes
   * @param limit - how long a message may be to any remote, in bytes, if that was asked for
   */
  constructor (chunk: number, limit?: number) {
    this.chunk = chunk
    this.limit = limit
    this.allow(EVERYBODY)
    this.short = Math.min(this.maxMessage, chunk)
    this.shortPayload = maxPayload(this.short)
  }

  /**
   * @param maxMessage - how long a message may be to this remote, in bytes: what the
   * specification allows where nothing is given
   */
  allow (maxMessage = MAX_OUTBOUND_FRAME): void {
    this.maxMessage = this.limit ?? maxMessage
    this.long = wholeChunks(this.maxMessage, this.chunk)
    this.longPayload = maxPayload(this.long)
  }
}
