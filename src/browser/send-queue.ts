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
 * - The first messages of a channel may overtake each other at a remote that uses
 *   libdatachannel (`native/send-queue.ts`). So the end that opens a channel sends
 *   one message, and holds the others until it has heard the other end.
 */
import { ChannelClosedError } from '../errors.ts'
import { HOLD_TIMEOUT } from '../wire/message-order.ts'
import type { Clock } from '../clock.ts'

const MAX_HANDED_OVER = 1024 * 1024
const MIN_QUEUE = 16 * 1024

export interface SendQueueInit {
  clock: Clock
  maxBufferedAmount: number

  /**
   * Whether this end has opened the channel
   */
  isOpener: boolean

  /**
   * There is room again
   */
  onDrain (): void

  /**
   * The browser has taken so many bytes
   */
  onHandedOver (bytes: number): void
}

export class SendQueue {
  /**
   * How many bytes may wait before `send` returns `false`
   */
  maxBufferedAmount: number

  private readonly init: SendQueueInit
  private readonly dc: RTCDataChannel
  private held: Uint8Array[] = []
  private heldBytes = 0
  private wantsDrain = false
  private isFinishing = false

  // whether the first message goes alone
  private first: 'unsent' | 'sent' | 'answered'
  private cancelHold?: () => void

  constructor (dc: RTCDataChannel, init: SendQueueInit) {
    this.dc = dc
    this.init = init
    this.maxBufferedAmount = init.maxBufferedAmount
    this.first = init.isOpener ? 'unsent' : 'answered'
  }

  /**
   * Returns `false` if `onDrain` follows
   *
   * @throws {ChannelClosedError} if the channel is closed
   */
  send (message: Uint8Array): boolean {
    if (this.held.length > 0 || !this.mayGo(message)) {
      this.held.push(message.slice())
      this.heldBytes += message.byteLength
    } else {
      this.handOver(message)
    }

    // whoever was told to wait does so until it is told to go on, whatever is sent meanwhile
    this.wantsDrain ||= this.bufferedAmount() >= this.queueLimit()
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
   * The other end was heard
   */
  onHeard (): void {
    if (this.first !== 'answered') {
      this.first = 'answered'
      this.cancelHold?.()
      this.update()
    }
  }

  /**
   * The channel is open, or its buffer has shrunk. Never throws.
   */
  update (): void {
    try {
      while (this.held.length > 0 && this.mayGo(this.held[0])) {
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
      this.init.onDrain()
    }

    this.watch()
  }

  /**
   * Closes the channel behind what was sent
   */
  finish (): void {
    this.isFinishing = true

    if (this.first === 'sent' && this.held.length > 0) {
      // there is no answer to wait for any more
      this.onHeard()
    } else if (this.held.length === 0 || this.isClosed()) {
      this.stop()
      this.dc.close()
    }
  }

  /**
   * Nothing is sent any more
   */
  stop (): void {
    this.cancelHold?.()
    this.held = []
    this.heldBytes = 0
  }

  private isClosed (): boolean {
    return this.dc.readyState === 'closing' || this.dc.readyState === 'closed'
  }

  private queueLimit (): number {
    return Math.max(this.maxBufferedAmount, MIN_QUEUE)
  }

  /**
   * The next messages are asked for while there is something left to send
   */
  private lowMark (): number {
    return Math.floor(this.queueLimit() / 2)
  }

  private mayGo ({ byteLength }: Uint8Array): boolean {
    const { readyState, bufferedAmount } = this.dc

    return readyState !== 'connecting' && this.first !== 'sent' && (bufferedAmount === 0 || bufferedAmount + byteLength <= MAX_HANDED_OVER)
  }

  private handOver (message: Uint8Array): void {
    try {
      // a view of a shared buffer would not be taken
      this.dc.send(message as Uint8Array<ArrayBuffer>)
    } catch (err: any) {
      throw new ChannelClosedError(err.message)
    }

    this.init.onHandedOver(message.byteLength)

    if (this.first === 'unsent') {
      this.first = 'sent'
      this.cancelHold = this.init.clock.after(HOLD_TIMEOUT, () => { this.onHeard() })
    }
  }

  private watch (): void {
    this.dc.bufferedAmountLowThreshold = this.held.length > 0 ? MAX_HANDED_OVER / 2 : this.lowMark()
  }
}
