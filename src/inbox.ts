/**
 * What a channel has received, for whoever attaches to it: what comes before is
 * held, with a bound, and handed over in the order in which it came.
 */
import { FramingError } from './errors.ts'
import { guard } from './guard.ts'
import { costOf } from './message-cost.ts'
import type { ChannelHandler } from './ports.ts'
import type { Logger } from '@libp2p/interface'

/**
 * How many bytes are held of a channel that nobody reads yet: the remote may
 * open streams while the Noise handshake is in its last steps here
 */
const MAX_EARLY_BYTES = 256 * 1024

/**
 * The same of all channels of a connection: before the Noise handshake is over any
 * stranger may have 32 of them
 */
const MAX_WAITING_BYTES = 1024 * 1024

/**
 * What all channels of a connection hold that nobody can take yet
 */
export class Waiting {
  private bytes = 0

  /**
   * Returns whether there is room for so many bytes more
   */
  take (bytes: number): boolean {
    if (this.bytes + bytes > MAX_WAITING_BYTES) {
      return false
    }

    this.bytes += bytes

    return true
  }

  giveBack (bytes: number): void {
    this.bytes -= bytes
  }
}

export class Inbox {
  protected readonly waiting: Waiting
  private readonly log: Logger
  private handler?: ChannelHandler
  private early: Uint8Array[] = []
  private earlyBytes = 0
  private earlyClose?: Parameters<ChannelHandler['onClosed']>
  private violation?: Error

  constructor (log: Logger, waiting: Waiting) {
    this.log = log
    this.waiting = waiting
  }

  /**
   * Whether nothing is received any more, because the remote broke the rules
   */
  get isViolated (): boolean {
    return this.violation != null
  }

  attach (handler: ChannelHandler): void {
    this.handler = handler

    // whoever makes a stream of the channel is not done with that yet
    queueMicrotask(guard(this.log, () => {
      const early = this.forget()

      for (const message of early) {
        this.handler?.onMessage(message)
      }

      if (this.violation != null) {
        this.handler?.onViolation(this.violation)
      }

      if (this.earlyClose != null) {
        this.handler?.onClosed(...this.earlyClose)
      }
    }))
  }

  /**
   * Drops everything
   */
  detach (): void {
    this.handler = undefined
    this.forget()
  }

  private forget (): Uint8Array[] {
    const early = this.early
    this.waiting.giveBack(this.earlyBytes)
    this.early = []
    this.earlyBytes = 0

    return early
  }

  push (message: Uint8Array): void {
    if (this.violation != null) {
      return
    }

    const cost = costOf(message.byteLength)

    if (this.handler != null && this.early.length === 0) {
      this.handler.onMessage(message)
    } else if (this.earlyBytes + cost > MAX_EARLY_BYTES || !this.waiting.take(cost)) {
      this.violate(new FramingError(`The remote sent more than ${MAX_EARLY_BYTES} bytes on a channel, or ${MAX_WAITING_BYTES} on all, before the connection was ready`))
    } else {
      this.early.push(message)
      this.earlyBytes += cost
    }
  }

  /**
   * Nothing is received any more
   */
  violate (err: Error): void {
    if (this.violation != null) {
      return
    }

    this.violation = err

    // otherwise whoever attaches is told behind what came before it
    if (this.early.length === 0) {
      this.handler?.onViolation(err)
    }
  }

  drained (): void {
    this.handler?.onDrain()
  }

  /**
   * Nothing follows. Returns `false` if nobody was there to be told: what has
   * arrived may still be asked for.
   */
  close (...reason: Parameters<ChannelHandler['onClosed']>): boolean {
    if (this.handler == null) {
      this.earlyClose = reason
      return false
    }

    this.handler.onClosed(...reason)

    return true
  }
}
