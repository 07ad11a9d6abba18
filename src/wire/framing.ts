/**
 * The framing of streams: `uvarint length` + protobuf `Message`, see
 * "Multiplexing" in https://github.com/libp2p/specs/blob/master/webrtc/README.md
 *
 * Frames are written by hand into one scratch buffer, because allocation is
 * what framing costs: a channel copies a message before `send` returns.
 */
import { FramingError } from '../errors.ts'
import { Message } from './pb/message.ts'
import type { Uint8ArrayList } from 'uint8arraylist'

/**
 * The flags of a frame
 */
export const Flag = {
  /**
   * The sender will send no more data
   */
  FIN: 0,

  /**
   * The sender will read no more data
   */
  STOP_SENDING: 1,

  /**
   * The sender abruptly ends the stream
   */
  RESET_STREAM: 2,

  /**
   * The sender has received the FIN and all that came before it
   */
  FIN_ACK: 3
} as const

/**
 * The longest frame that is read, without its prefix. The specification says
 * 16 KiB with prefix, but go-libp2p reads and pion sends up to 256 KiB and
 * litep2p exceeds 16 KiB by 7 bytes.
 */
export const MAX_INBOUND_FRAME = 257 * 1024

/**
 * The longest frame that may be sent, with its prefix: a MUST of the
 * specification, for the sake of browsers.
 */
export const MAX_OUTBOUND_FRAME = 16 * 1024

/**
 * The shortest limit for frames that makes sense to send, with prefix
 */
export const MIN_OUTBOUND_FRAME = 64

const TAG_FLAG = 0x08
const TAG_MESSAGE = 0x12
const TAG_ERROR_CODE = 0x18

/**
 * Partly received frames are merged when they are in this many pieces, so that
 * a remote that sends single bytes costs memory by the byte, not by the object.
 */
const MAX_PIECES = 256

// shared by all streams: a frame is written and sent before anything else runs
const scratch = new Uint8Array(MAX_OUTBOUND_FRAME)

function varintLength (value: number): number {
  let length = 1

  while (value > 0x7f) {
    value >>>= 7
    length++
  }

  return length
}

function writeVarint (value: number, target: Uint8Array, offset: number): number {
  while (value > 0x7f) {
    target[offset++] = (value & 0x7f) | 0x80
    value >>>= 7
  }

  target[offset++] = value

  return offset
}

/**
 * The longest frame that fills the chunks of the stack that it is cut into: a short
 * last one takes a packet as well. Frames of 3,432 bytes over chunks of 1,144 take nine
 * tenths of the packets that 4,096 take.
 *
 * @param maxFrame - how long it may be, in bytes
 * @param chunk - how long a chunk may be, in bytes
 */
export function wholeChunks (maxFrame: number, chunk: number): number {
  return maxFrame <= chunk ? maxFrame : maxFrame - maxFrame % chunk
}

/**
 * How many bytes of data fit into a frame of `maxFrame` bytes with its prefix
 */
export function maxPayload (maxFrame: number): number {
  let payload = maxFrame

  while (frameLength(payload) > maxFrame) {
    payload--
  }

  return payload
}

function frameLength (payload: number): number {
  const body = 1 + varintLength(payload) + payload

  return varintLength(body) + body
}

/**
 * Cuts data into frames of at most `payload()` bytes of data each, asked for each,
 * and passes them to `send` until that returns `false`, or no more may be sent.
 * Returns how many bytes of data were sent, and whether more may be.
 *
 * The frame is only valid until `send` returns.
 */
export function sendFrames (data: Uint8ArrayList, payload: () => number, send: (frame: Uint8Array) => boolean): { sentBytes: number, canSendMore: boolean } {
  const total = data.byteLength
  const pieces = data[Symbol.iterator]()
  let piece: Uint8Array = pieces.next().value ?? new Uint8Array()
  let used = 0
  let sentBytes = 0
  let canSendMore = true

  while (canSendMore && sentBytes < total) {
    const length = Math.min(payload(), total - sentBytes)

    if (length <= 0) {
      canSendMore = false
      break
    }

    let at = writeVarint(1 + varintLength(length) + length, scratch, 0)
    scratch[at++] = TAG_MESSAGE
    at = writeVarint(length, scratch, at)
    const end = at + length

    while (at < end) {
      if (used === piece.byteLength) {
        piece = pieces.next().value
        used = 0
      }

      const count = Math.min(end - at, piece.byteLength - used)

      scratch.set(count === piece.byteLength ? piece : piece.subarray(used, used + count), at)
      used += count
      at += count
    }

    canSendMore = send(scratch.subarray(0, end))
    sentBytes += length
  }

  return { sentBytes, canSendMore }
}

/**
 * A frame without anything, its length alone
 */
export const EMPTY_FRAME = Uint8Array.of(0)

/**
 * Encodes a frame that has a flag and no data. A flag of 0 is written, not left
 * out (the schema is proto2).
 */
export function encodeFlag (flag: number, errorCode: number = 0): Uint8Array {
  const length = 2 + (errorCode === 0 ? 0 : 1 + varintLength(errorCode))
  const frame = new Uint8Array(1 + length)
  frame[0] = length
  frame[1] = TAG_FLAG
  frame[2] = flag

  if (errorCode !== 0) {
    frame[3] = TAG_ERROR_CODE
    writeVarint(errorCode, frame, 4)
  }

  return frame
}

/**
 * Reads a message that is the prefix of a frame and nothing else, which no body
 * is. Returns `undefined` for any other.
 */
export function readPrefix (message: Uint8Array): number | undefined {
  const length = readVarint(message, 0)

  return length != null && length > 0 && length <= MAX_INBOUND_FRAME && varintLength(length) === message.byteLength ? length : undefined
}

/**
 * Whether a message is the body of a frame, all of it and nothing else, with no
 * fields but those that are known
 */
export function isBody (message: Uint8Array): boolean {
  let at = 0

  while (at < message.byteLength) {
    const tag = message[at]
    const value = readVarint(message, at + 1)

    if (value == null || (tag !== TAG_FLAG && tag !== TAG_MESSAGE && tag !== TAG_ERROR_CODE)) {
      return false
    }

    at += 1 + varintLength(value) + (tag === TAG_MESSAGE ? value : 0)
  }

  return at > 0 && at === message.byteLength
}

/**
 * Reads a varint of up to 32 bits that is written in as few bytes as it can be
 */
function readVarint (source: Uint8Array, offset: number): number | undefined {
  let value = 0

  for (let at = offset, factor = 1; at < source.byteLength && value <= 0xffffffff; at++, factor *= 0x80) {
    const byte = source[at]
    value += (byte & 0x7f) * factor

    if (byte < 0x80) {
      return value <= 0xffffffff && varintLength(value) === at + 1 - offset ? value : undefined
    }
  }
}

/**
 * Reads frames from a stream of bytes, however they are cut into messages:
 * go-libp2p sends prefix and body as two messages, rust-libp2p puts several
 * frames into one.
 *
 * What it holds is bounded by the length of the longest frame: a declared
 * length is checked before anything is stored.
 */
export class FrameDecoder {
  private pieces: Uint8Array[] = []
  private held = 0
  private needed = 0
  private isDropped = false

  /**
   * How many bytes of an incomplete frame are held
   */
  get byteLength (): number {
    return this.held
  }

  /**
   * In how many pieces they are held
   */
  get pieceCount (): number {
    return this.pieces.length
  }

  /**
   * Passes every frame that is complete to `onFrame`. The bytes of a frame's
   * message are a view of the chunk where they are most of it: a few of them must
   * not hold all of it.
   *
   * @throws {FramingError} if what was received can't be a frame; the decoder
   * can't be used afterwards
   */
  push (chunk: Uint8Array, onFrame: (frame: Message) => void): void {
    if (this.held > 0) {
      this.hold(chunk)

      if (this.held < this.needed) {
        return
      }

      chunk = this.release()
    }

    let offset = 0

    while (offset < chunk.byteLength) {
      let length = 0
      let shift = 0
      let at = offset
      let complete = false

      while (at < chunk.byteLength) {
        const byte = chunk[at++]
        length |= (byte & 0x7f) << shift
        shift += 7

        if (length > MAX_INBOUND_FRAME) {
          throw new FramingError(`The remote sent a frame of ${length} bytes, ${MAX_INBOUND_FRAME} are allowed`)
        }

        if (byte < 0x80) {
          complete = true
          break
        }

        // three bytes hold every length that is allowed
        if (shift === 21) {
          throw new FramingError('The remote sent a frame with a malformed length prefix')
        }
      }

      if (!complete) {
        this.hold(chunk.subarray(offset))
        this.needed = this.held + 1
        return
      }

      if (at + length > chunk.byteLength) {
        this.hold(chunk.subarray(offset))
        this.needed = at + length - offset
        return
      }

      offset = at + length

      let frame: Message

      try {
        frame = Message.decode(chunk.subarray(at, offset))
      } catch (err: any) {
        throw new FramingError(`The remote sent a malformed message - ${err.message}`, { cause: err })
      }

      if (frame.message != null && isSmallPart(frame.message, chunk.byteLength)) {
        frame.message = new Uint8Array(frame.message)
      }

      onFrame(frame)
    }
  }

  /**
   * Nobody needs what is held, and what follows
   */
  drop (): void {
    this.isDropped = true
    this.pieces = []
    this.held = 0
  }

  private hold (piece: Uint8Array): void {
    if (this.isDropped) {
      return
    }

    if (this.pieces.length === MAX_PIECES) {
      this.pieces = [this.merge()]
    }

    this.pieces.push(isSmallPart(piece, piece.buffer.byteLength) ? new Uint8Array(piece) : piece)
    this.held += piece.byteLength
  }

  private release (): Uint8Array {
    const merged = this.merge()
    this.pieces = []
    this.held = 0

    return merged
  }

  private merge (): Uint8Array {
    const merged = new Uint8Array(this.held)
    let offset = 0

    for (const piece of this.pieces) {
      merged.set(piece, offset)
      offset += piece.byteLength
    }

    return merged
  }
}

function isSmallPart (part: Uint8Array, length: number): boolean {
  return part.byteLength * 2 < length
}
