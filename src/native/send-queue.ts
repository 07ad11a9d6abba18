/**
 * What a channel sends.
 *
 * The first messages of a channel may overtake each other: two threads of the
 * receiver hand them over, without a lock, when one registers `onMessage` while
 * the other receives (libdatachannel 0.24.5, `Channel::flushPendingMessages`).
 * So the end that opens a channel sends one message, and holds the others until
 * it has heard the other end.
 */
import { ChannelClosedError } from '../errors.ts'
import { guard } from '../guard.ts'
import type { Logger } from '@libp2p/interface'
import type { DataChannel } from 'node-datachannel'

export interface SendQueueInit {
  log: Logger

  /**
   * How long what follows the first message is held at most, in ms, if this end has
   * opened the channel
   */
  holdTimeout?: number

  onDrain (): void
}

export class SendQueue {
  /**
   * How many bytes may wait before `send` returns `false`
   */
  maxBufferedAmount: number

  private readonly init: SendQueueInit
  private native?: DataChannel
  private hasSent = false
  private wantsDrain = false
  private watchesDrain = false

  // whether the stack may have something that it has not taken
  private mayWait = false

  // undefined if nothing has to be held any more
  private held?: Uint8Array[]
  private heldBytes = 0
  private holdTimer?: ReturnType<typeof setTimeout>

  constructor (native: DataChannel, maxBufferedAmount: number, init: SendQueueInit) {
    this.maxBufferedAmount = maxBufferedAmount
    this.init = init
    this.native = native
    this.held = init.holdTimeout == null ? undefined : []
  }

  /**
   * Returns `false` if `onDrain` follows
   *
   * @throws {ChannelClosedError} if the channel is closed
   */
  send (message: Uint8Array): boolean {
    if (this.held != null && this.hasSent && this.native != null) {
      this.held.push(message.slice())
      this.heldBytes += message.byteLength
      this.holdTimer ??= setTimeout(() => { this.release() }, this.init.holdTimeout)
      this.wantsDrain = this.heldBytes >= this.maxBufferedAmount

      return !this.wantsDrain
    }

    this.hasSent = true

    return this.sendNow(message)
  }

  /**
   * How many bytes are held, or have not been taken by the stack
   */
  bufferedAmount (): number {
    try {
      return this.heldBytes + (this.native?.bufferedAmount() ?? 0)
    } catch {
      // closed
      return 0
    }
  }

  /**
   * Whether something is held, or has not been taken by the stack, which is asked
   * only where that can be
   */
  isWaiting (): boolean {
    this.mayWait &&= this.bufferedAmount() > this.heldBytes

    return this.mayWait || this.heldBytes > 0
  }

  /**
   * Sends what was held. Never throws.
   */
  release (): void {
    const held = this.held
    this.held = undefined
    this.heldBytes = 0
    clearTimeout(this.holdTimer)

    if (held == null || held.length === 0) {
      return
    }

    try {
      const wantsDrain = this.wantsDrain
      const results = held.map(message => this.sendNow(message))

      if (wantsDrain && results.at(-1) === true) {
        this.wantsDrain = false
        this.init.onDrain()
      }
    } catch (err) {
      // whoever sent is about to be told that the channel is closed
      this.init.log('could not send what was held - %e', err)
    }
  }

  /**
   * Nothing is sent any more
   */
  close (): void {
    this.native = undefined
    this.held = undefined
    this.heldBytes = 0
    clearTimeout(this.holdTimer)
  }

  private sendNow (message: Uint8Array): boolean {
    if (this.native == null) {
      throw new ChannelClosedError('The channel is closed')
    }

    try {
      if (this.native.sendMessageBinary(message)) {
        return true
      }

      this.mayWait = true

      if (this.native.bufferedAmount() < this.maxBufferedAmount) {
        return true
      }

      this.wantsDrain = true

      if (!this.watchesDrain) {
        this.watchesDrain = true
        this.native.onBufferedAmountLow(guard(this.init.log, () => {
          // it may be late, and more has been sent since
          if (this.wantsDrain && this.bufferedAmount() === 0) {
            this.wantsDrain = false
            this.init.onDrain()
          }
        }))

        // the queue may have emptied before anybody listened
        if (this.native.bufferedAmount() === 0) {
          this.wantsDrain = false
          return true
        }
      }

      return false
    } catch (err: any) {
      throw new ChannelClosedError(err.message)
    }
  }
}
