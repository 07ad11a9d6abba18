import { StreamBufferError, StreamMessageEvent, StreamResetEvent } from '@libp2p/interface'
import { AbstractStream } from '@libp2p/utils'
import { Uint8ArrayList } from 'uint8arraylist'
import { date, systemClock } from '../clock.ts'
import { costOf, MIN_COST } from '../message-cost.ts'
import { FrameDecoder } from '../wire/framing.ts'
import { Backlog, readToEnd } from './reader.ts'
import type { Unread } from './unread.ts'
import type { Clock } from '../clock.ts'
import type { AbstractStreamInit } from '@libp2p/utils'

export interface ReadHalfInit extends AbstractStreamInit {
  /**
   * @default - that of the system
   */
  clock?: Clock

  /**
   * Whether the stream begins with the negotiation of a protocol
   *
   * @default false
   */
  negotiates?: boolean
}

/**
 * What a stream reads: data as it was framed, and its end behind the last data,
 * also where that waits because the stream is paused or has no reader
 */
export abstract class ReadHalf extends AbstractStream {
  protected readonly clock: Clock

  /**
   * Why the stream has failed
   */
  failure?: Error

  /**
   * What readers have not taken
   */
  readonly backlog: Backlog

  protected readonly negotiates: boolean
  protected readonly decoder = new FrameDecoder()

  // with what the frames take
  protected receivedBytes = 0

  // how many frames wait because the stream is paused or has no reader
  private heldFrames = 0

  // the remote's FIN has arrived, but data before it waits to be read
  private endIsHeld = false

  constructor (init: ReadHalfInit) {
    super(init)

    this.clock = init.clock ?? systemClock
    this.negotiates = init.negotiates ?? false
    this.backlog = new Backlog(this.clock)
  }

  /**
   * See {@link readToEnd}
   */
  [Symbol.asyncIterator] (): AsyncGenerator<Uint8Array | Uint8ArrayList> {
    return readToEnd(this)
  }

  /**
   * Whether it is not known yet who handles the stream
   */
  protected get isNegotiating (): boolean {
    return this.negotiates && this.protocol === ''
  }

  /**
   * How many bytes have arrived that nobody has read
   */
  get unreadLength (): number {
    return this.readBufferLength + this.backlog.byteLength
  }

  /**
   * Whether the remote has opened the stream, and what for is not settled
   */
  protected get awaitsProtocol (): boolean {
    return this.isNegotiating && this.direction === 'inbound'
  }

  sendPause (): void {
    // data channels can't tell the remote
  }

  sendResume (): void {
    this.deliverEnd()
  }

  onData (data: Uint8Array | Uint8ArrayList): void {
    this.heldFrames++
    super.onData(data)

    if (this.readBuffer.byteLength > 0 && this.heldCost() > this.maxReadBufferLength) {
      this.abort(new StreamBufferError(`Nobody reads the stream, and ${this.heldFrames} frames with ${this.readBuffer.byteLength} bytes wait in it: the limit is ${this.maxReadBufferLength} bytes, of which a frame counts for ${MIN_COST} at least`))
    }
  }

  /**
   * What was received and nobody has taken yet, without what a program has taken as
   * `message` events. What is received while the protocol is negotiated may wait
   * where it can't be seen from here.
   */
  unread (): Unread {
    const { backlog, decoder } = this
    const held = this.isNegotiating
      ? Math.min(this.receivedBytes, this.maxReadBufferLength)
      : this.heldCost() + costOf(decoder.byteLength, decoder.pieceCount)

    return backlog.isStalled
      ? { stalled: held + backlog.cost, lagging: 0 }
      : { stalled: held, lagging: backlog.cost }
  }

  /**
   * What waits because the stream is paused or has no reader, in bytes
   */
  private heldCost (): number {
    return costOf(this.readBuffer.byteLength, this.readBuffer.byteLength === 0 ? 0 : this.heldFrames)
  }

  /**
   * Emits data that waited as it arrived, one event a frame
   */
  protected dispatchReadBuffer (): void {
    const frames = this.canDispatch() ? [...this.readBuffer] : []

    if (frames.length > 1) {
      this.readBuffer.consume(this.readBuffer.byteLength)

      let emitted = 0

      while (emitted < frames.length && this.canDispatch()) {
        this.dispatchEvent(new StreamMessageEvent(new Uint8ArrayList(frames[emitted++])))
      }

      if (emitted < frames.length && (this.readStatus === 'readable' || this.readStatus === 'paused')) {
        this.readBuffer.prepend(new Uint8ArrayList(...frames.slice(emitted)))
        this.heldFrames = frames.length - emitted
      }
    }

    super.dispatchReadBuffer()

    if (this.readBuffer.byteLength === 0) {
      this.heldFrames = 0
    }

    this.deliverEnd()
  }

  private canDispatch (): boolean {
    return this.readStatus === 'readable' && this.listenerCount('message') > 0
  }

  /**
   * The remote has sent everything: the reader is told when it has had that, and once
   * it is known who that is
   */
  protected endReading (): void {
    this.endIsHeld = true

    if (!this.isNegotiating) {
      this.deliverEnd()
    }
  }

  protected deliverEnd (now: boolean = false): void {
    if (this.endIsHeld && (now || this.readBuffer.byteLength === 0)) {
      this.endIsHeld = false
      this.onRemoteCloseWrite()
    }
  }

  /**
   * As `onRemoteReset` of the base class, with an error that says why
   */
  protected fail (err: Error): void {
    if (this.status !== 'open') {
      return
    }

    this.failure = err
    this.status = 'reset'
    this.writeStatus = 'closed'
    this.remoteWriteStatus = 'closed'
    this.remoteReadStatus = 'closed'
    this.timeline.close = date()

    if (this.readBuffer.byteLength === 0) {
      this.readStatus = 'closed'
    }

    this.dispatchEvent(new StreamResetEvent(err))
  }
}
