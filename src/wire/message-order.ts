/**
 * Puts the first messages of a channel in order where two threads handed them
 * over at once.
 *
 * libdatachannel 0.24.5 takes a message from the queue of a channel and hands it
 * over without a lock (`Channel::flushPendingMessages`). While `onMessage` is
 * registered the thread that registers and the one that receives may both do so,
 * and a message stays in the hand of the one while the other goes on with those
 * behind it. Each has one hand, so **at any time at most one message is late, and
 * all others are in order.**
 *
 * Nothing numbers the messages. But go-libp2p, the one implementation known to
 * send many of them before it is answered, sends the prefix of a frame and its
 * body as two messages, which can't be mistaken for each other: a prefix is one
 * varint; a body begins with the tag of a field, is longer than one byte, and a
 * varint of several bytes begins with 0x80 or more. As they are sent in turn, it
 * shows what is late:
 *
 * | prefixes less bodies | |
 * | --- | --- |
 * | -1 | a prefix: the order of the bodies is right, and says all |
 * | 0, 1 | nothing |
 * | 2 | a body: the order of the prefixes is right, and tells the body by its length |
 *
 * Of two bodies with the length of the late one nobody can tell which is first;
 * the stream is reset then. What does not fit into this has another reason, and is
 * passed on as it came: others cut frames differently, and send one message before
 * they are answered.
 */
import { FramingError } from '../errors.ts'
import { isBody, readPrefix } from './framing.ts'

/**
 * How long the end that opens a channel holds what follows its first message where
 * the other end is not heard, in ms. Every protocol of libp2p begins with a
 * negotiation in which it is, as soon as it has the time: what is sent before may
 * overtake what is there, and a machine that is busy may take a second.
 */
export const HOLD_TIMEOUT = 5_000

/**
 * How many bytes are held while a message is late: more than comes in the time
 * for which a thread is interrupted
 */
const MAX_HELD = 1024 * 1024

export class MessageOrder {
  private isOver = false
  private isEnding = false

  // what was not passed on, as it came, and by its kind in the order in which it
  // was sent but for the late one
  private held: Uint8Array[] = []
  private bytes = 0
  private prefixes: Uint8Array[] = []
  private bodies: Uint8Array[] = []
  private late?: 'prefix' | 'body'

  private readonly pass: (message: Uint8Array) => void

  /**
   * @param pass - takes the messages, in order
   */
  constructor (pass: (message: Uint8Array) => void) {
    this.pass = pass
  }

  /**
   * How many bytes are held
   */
  get heldBytes (): number {
    return this.bytes
  }

  /**
   * Takes the next message that was handed over
   *
   * @throws {FramingError} if messages are out of order and can't be put in order;
   * nothing may be pushed afterwards
   */
  push (message: Uint8Array): void {
    if (this.isOver) {
      this.pass(message)
      return
    }

    this.hold(message)

    if (!this.sort(message) || (this.isEnding && this.late == null)) {
      this.release()
    } else if (this.bytes > MAX_HELD) {
      throw new FramingError('The first messages of the channel overtook each other, and one did not come')
    }
  }

  /**
   * No more than one of the messages that follow can be late, and only where one
   * is late now
   */
  end (): void {
    this.isEnding = true

    if (this.late == null) {
      this.release()
    }
  }

  /**
   * Passes on what is held, as it came, and whatever follows
   */
  private release (): void {
    const held = this.held
    this.isOver = true
    this.forget()

    for (const message of held) {
      this.pass(message)
    }
  }

  /**
   * Returns whether the message fits
   */
  private sort (message: Uint8Array): boolean {
    if (readPrefix(message) != null) {
      return this.sortPrefix(message)
    }

    return isBody(message) && this.sortBody(message)
  }

  private sortPrefix (prefix: Uint8Array): boolean {
    const { prefixes, bodies } = this

    if (this.late === 'prefix' && isPrefixOf(prefix, bodies[0])) {
      prefixes.unshift(prefix)
      this.passFrames()

      return true
    }

    prefixes.push(prefix)

    if (this.late === 'prefix') {
      return prefixes.length <= bodies.length
    }

    if (prefixes.length === 2) {
      this.late = 'body'
    }

    return prefixes.length - bodies.length <= 2
  }

  private sortBody (body: Uint8Array): boolean {
    const { prefixes, bodies } = this

    if (this.late === 'body') {
      const isLate = isPrefixOf(prefixes[0], body)
      const isNext = isPrefixOf(prefixes[bodies.length + 1], body)

      if (isLate && isNext) {
        throw new FramingError('The first messages of the channel overtook each other, and two of them have the same length')
      }

      if (isLate) {
        bodies.unshift(body)
        this.passFrames()
      } else {
        bodies.push(body)
      }

      return isLate || isNext
    }

    bodies.push(body)

    if (this.late === 'prefix') {
      return isPrefixOf(prefixes[bodies.length - 2], body)
    }

    if (prefixes.length === 0) {
      this.late = 'prefix'

      return true
    }

    if (isPrefixOf(prefixes[0], body)) {
      this.passFrames()

      return true
    }

    return false
  }

  /**
   * Passes on the frames, none of which is late any more
   */
  private passFrames (): void {
    const { prefixes, bodies } = this
    this.forget()

    for (const [index, body] of bodies.entries()) {
      this.pass(prefixes[index])
      this.pass(body)
    }

    for (const prefix of prefixes.slice(bodies.length)) {
      this.hold(prefix)
      this.prefixes.push(prefix)
    }
  }

  private hold (message: Uint8Array): void {
    this.held.push(message)
    this.bytes += message.byteLength
  }

  /**
   * Drops what is held
   */
  forget (): void {
    this.held = []
    this.bytes = 0
    this.prefixes = []
    this.bodies = []
    this.late = undefined
  }
}

function isPrefixOf (prefix: Uint8Array | undefined, body: Uint8Array): boolean {
  return prefix != null && readPrefix(prefix) === body.byteLength
}
