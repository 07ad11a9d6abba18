import { StreamMessageEvent, StreamResetEvent } from '@libp2p/interface'
import { AbstractStream } from '@libp2p/utils'
import { Uint8ArrayList } from 'uint8arraylist'
import { date, systemClock } from '../clock.ts'
import { readToEnd } from './reader.ts'
import type { Clock } from '../clock.ts'
import type { AbstractStreamInit } from '@libp2p/utils'

export interface ReadHalfInit extends AbstractStreamInit {
  /**
   * @default - that of the system
   */
  clock?: Clock
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
   * How many bytes a `for await` loop was given and has not taken
   */
  queuedLength = 0

  // the remote's FIN has arrived, but data before it waits to be read
  private endIsHeld = false

  constructor (init: ReadHalfInit) {
    super(init)

    this.clock = init.clock ?? systemClock
  }

  /**
   * See {@link readToEnd}
   */
  [Symbol.asyncIterator] (): AsyncGenerator<Uint8Array | Uint8ArrayList> {
    return readToEnd(this, this.clock)
  }

  /**
   * How many bytes have arrived that nobody has read
   */
  get unreadLength (): number {
    return this.readBufferLength + this.queuedLength
  }

  sendPause (): void {
    // data channels can't tell the remote
  }

  sendResume (): void {
    this.deliverEnd()
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
      }
    }

    super.dispatchReadBuffer()
    this.deliverEnd()
  }

  private canDispatch (): boolean {
    return this.readStatus === 'readable' && this.listenerCount('message') > 0
  }

  /**
   * The remote has sent everything: the reader is told when it has had that
   */
  protected endReading (): void {
    this.endIsHeld = true
    this.deliverEnd()
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
