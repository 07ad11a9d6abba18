/**
 * A data channel with what a stream of webrtc-direct needs at least: the names
 * of the negotiation beside the first data, FIN beside the last, FIN_ACK, and
 * the end that has opened it closes it. The first byte of a message says what is
 * in it.
 */
import { PROTOCOLS } from './end.ts'
import type { BenchStream, OnStream, Protocol, Reader } from './end.ts'
import type { DataChannel } from 'node-datachannel'

const NAMES = 1
const FIN = 2
const FIN_ACK = 4

/**
 * What the specification allows, in bytes
 */
const MAX_MESSAGE = 16_384

/**
 * How much may wait for the stack, in bytes, beside what that holds itself
 */
const HIGH_WATER = 512 * 1024

/**
 * What multistream-select says before the first data: its own name and that of
 * the protocol, each with a length and a line feed
 */
const NEGOTIATION = Object.entries(PROTOCOLS).map(([protocol, name]) => ({
  protocol: protocol as Protocol,
  names: Buffer.from(`\u0013/multistream/1.0.0\n${String.fromCharCode(name.length + 1)}${name}\n`)
}))

// the stack copies what it is given
const scratch = Buffer.alloc(MAX_MESSAGE)

// what is collected is closed
const open = new Set<FloorStream>()

export function openStream <T extends Reader> (channel: DataChannel, protocol: Protocol, onStream: OnStream<T>): T {
  const stream = new FloorStream(channel, protocol)
  const reader = onStream(stream)
  stream.reader = reader

  return reader
}

/**
 * The protocol is in the first message
 */
export function acceptStream (channel: DataChannel, serve: (protocol: Protocol, stream: BenchStream) => Reader): void {
  new FloorStream(channel).onProtocol = serve
}

class FloorStream implements BenchStream {
  readonly ended: Promise<void>
  reader?: Reader
  onProtocol?: (protocol: Protocol, stream: BenchStream) => Reader

  private readonly channel: DataChannel
  private readonly isOpener: boolean
  private readonly end = Promise.withResolvers<void>()
  private readonly queue: Uint8Array[] = []
  private queued = 0
  private names?: Buffer

  /**
   * Until then only one message may go: the stack may hand over the first ones in
   * another order
   */
  private heard: boolean
  private write: 'open' | 'closing' | 'closed' | 'acknowledged' = 'open'
  private readEnded = false
  private isFlushing = false
  private drain?: PromiseWithResolvers<void>

  constructor (channel: DataChannel, protocol?: Protocol) {
    this.channel = channel
    this.isOpener = protocol != null
    this.heard = !this.isOpener
    this.names = NEGOTIATION.find(negotiation => negotiation.protocol === protocol)?.names
    this.ended = this.end.promise
    this.ended.catch(() => {})
    open.add(this)

    channel.setBufferedAmountLowThreshold(HIGH_WATER / 2)
    channel.onBufferedAmountLow(() => { this.flush() })
    channel.onMessage(message => { this.onMessage(message as Buffer) })
    channel.onError(message => { this.fail(new Error(message)) })
  }

  send (data: Uint8Array): boolean {
    this.queue.push(data)
    this.queued += data.byteLength
    this.flushSoon()

    return this.queued < HIGH_WATER
  }

  async drained (): Promise<void> {
    if (this.queued >= HIGH_WATER) {
      this.drain ??= Promise.withResolvers()
      await this.drain.promise
    }
  }

  close (): void {
    this.write = 'closing'
    this.flushSoon()
  }

  abort (err: Error): void {
    this.fail(err)
    this.channel.close()
  }

  private fail (err: Error): void {
    open.delete(this)
    this.end.reject(err)
    this.drain?.reject(err)
  }

  /**
   * What is written at once goes at once
   */
  private flushSoon (): void {
    if (!this.isFlushing) {
      this.isFlushing = true
      queueMicrotask(() => {
        this.isFlushing = false
        this.flush()
      })
    }
  }

  private flush (): void {
    while (this.hasMore() && (this.heard || this.names != null) && this.channel.bufferedAmount() < HIGH_WATER) {
      this.sendNext()
    }

    if (this.queued < HIGH_WATER) {
      this.drain?.resolve()
      this.drain = undefined
    }
  }

  private hasMore (): boolean {
    return this.names != null || this.queue.length > 0 || this.write === 'closing'
  }

  private sendNext (): void {
    let length = 1
    let flags = 0

    if (this.names != null) {
      flags |= NAMES
      length += this.names.copy(scratch, length)
      this.names = undefined
    }

    while (this.queue.length > 0 && length < MAX_MESSAGE) {
      const piece = this.queue[0].subarray(0, MAX_MESSAGE - length)
      scratch.set(piece, length)
      length += piece.byteLength
      this.queued -= piece.byteLength

      if (piece.byteLength === this.queue[0].byteLength) {
        this.queue.shift()
      } else {
        this.queue[0] = this.queue[0].subarray(piece.byteLength)
      }
    }

    if (this.queue.length === 0 && this.write === 'closing') {
      flags |= FIN
      this.write = 'closed'
    }

    scratch[0] = flags
    this.channel.sendMessageBinary(scratch.subarray(0, length))
  }

  private onMessage (message: Buffer): void {
    const flags = message[0]
    let data = message.subarray(1)
    this.heard = true

    if ((flags & NAMES) !== 0) {
      data = data.subarray(this.readNames(data))
    }

    if (data.byteLength > 0) {
      this.reader?.onData(data)
    }

    if ((flags & FIN) !== 0) {
      this.readEnded = true
      this.reader?.onEnd()
      scratch[0] = FIN_ACK
      this.channel.sendMessageBinary(scratch.subarray(0, 1))
    }

    if ((flags & FIN_ACK) !== 0) {
      this.write = 'acknowledged'
    }

    if (this.readEnded && this.write === 'acknowledged') {
      this.finish()
    } else {
      this.flushSoon()
    }
  }

  private readNames (data: Buffer): number {
    const negotiation = NEGOTIATION.find(({ names }) => names.equals(data.subarray(0, names.byteLength)))

    if (negotiation == null) {
      throw new Error('The first message of a stream names no protocol')
    }

    if (!this.isOpener) {
      this.names = negotiation.names
      this.reader = this.onProtocol?.(negotiation.protocol, this)
    }

    return negotiation.names.byteLength
  }

  private finish (): void {
    this.end.resolve()

    if (this.isOpener) {
      open.delete(this)
      this.channel.close()
    } else {
      this.channel.onClosed(() => { open.delete(this) })
    }
  }
}
