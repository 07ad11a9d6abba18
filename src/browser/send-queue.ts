/**
 * What a channel sends.
 *
 * - `send()` throws before the channel is open, so what comes earlier is held.
 * - `send()` throws where more than 16 MiB are buffered, and the message is lost;
 *   Firefox had no bound at all. So the browser gets `MAX_HANDED_OVER` bytes, and
 *   the rest is held.
 * - Chromium tells of the buffer when it has shrunk by more than 100 KiB or is
 *   empty (`SctpDataChannel::MaybeSendOnBufferedAmountChanged`).
 * - A page has one thread, and is told when that has time. A channel that may
 *   queue less than `MIN_QUEUE` bytes would send one frame each time.
 */
import { ChannelClosedError } from '../errors.ts'

const MAX_HANDED_OVER = 1024 * 1024
const MIN_QUEUE = 16 * 1024

export class SendQueue {
  private readonly dc: RTCDataChannel
  private readonly onDrain: () => void
  private readonly onHandedOver: (bytes: number) => void
  private held: Uint8Array[] = []
  private heldBytes = 0
  private limit = 0
  private wantsDrain = false
  private isFinishing = false

  /**
   * @param dc - the channel
   * @param onDrain - called when there is room again
   * @param onHandedOver - called when the browser has taken so many bytes
   */
  constructor (dc: RTCDataChannel, onDrain: () => void, onHandedOver: (bytes: number) => void) {
    this.dc = dc
    this.onDrain = onDrain
    this.onHandedOver = onHandedOver
  }

  /**
   * How many bytes may wait before `send` returns `false`
   */
  get maxBufferedAmount (): number {
    return this.limit
  }

  set maxBufferedAmount (bytes: number) {
    this.limit = bytes
  }

  /**
   * Returns `false` if `onDrain` follows
   *
   * @throws {ChannelClosedError} if the channel is closed
   */
  send (message: Uint8Array): boolean {
    if (this.held.length > 0 || !this.hasRoom(message)) {
      this.held.push(message.slice())
      this.heldBytes += message.byteLength
    } else {
      this.handOver(message)
    }

    this.wantsDrain = this.bufferedAmount() >= this.queueLimit()
    this.watch()

    return !this.wantsDrain
  }

  /**
   * How many bytes are held, or have not been sent by the browser
   */
  bufferedAmount (): number {
    return this.heldBytes + this.dc.bufferedAmount
  }

  /**
   * The channel is open, or its buffer has shrunk. Never throws.
   */
  update (): void {
    try {
      while (this.held.length > 0 && this.hasRoom(this.held[0])) {
        const message = this.held[0]
        this.handOver(message)
        this.held.shift()
        this.heldBytes -= message.byteLength
      }
    } catch {
      // whoever sent is about to be told that the channel is closed
    }

    if (this.isFinishing) {
      this.finish()
    } else if (this.wantsDrain && this.bufferedAmount() <= this.lowMark()) {
      this.wantsDrain = false
      this.onDrain()
    }

    this.watch()
  }

  /**
   * Closes the channel behind what was sent
   */
  finish (): void {
    this.isFinishing = true

    if (this.held.length === 0 || this.dc.readyState === 'closing' || this.dc.readyState === 'closed') {
      this.held = []
      this.heldBytes = 0
      this.dc.close()
    }
  }

  private queueLimit (): number {
    return Math.max(this.limit, MIN_QUEUE)
  }

  /**
   * The next messages are asked for while there is something left to send
   */
  private lowMark (): number {
    return Math.floor(this.queueLimit() / 2)
  }

  private hasRoom (message: Uint8Array): boolean {
    const { readyState, bufferedAmount } = this.dc

    return readyState !== 'connecting' && (bufferedAmount === 0 || bufferedAmount + message.byteLength <= MAX_HANDED_OVER)
  }

  private handOver (message: Uint8Array): void {
    try {
      // a view of a shared buffer would not be taken
      this.dc.send(message as Uint8Array<ArrayBuffer>)
    } catch (err: any) {
      throw new ChannelClosedError(err.message)
    }

    this.onHandedOver(message.byteLength)
  }

  private watch (): void {
    this.dc.bufferedAmountLowThreshold = this.held.length > 0 ? MAX_HANDED_OVER / 2 : this.lowMark()
  }
}
