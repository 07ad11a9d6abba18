import { StreamStateError } from '@libp2p/interface'
import { raceSignal } from 'race-signal'
import { Uint8ArrayList } from 'uint8arraylist'
import { soon } from '../clock.ts'
import { ChannelClosedError, RemoteStreamResetError } from '../errors.ts'
import { sendFrames } from '../wire/framing.ts'
import { FrameSender } from './frame-sender.ts'
import { SHARE } from './rotation.ts'
import { WriteEnd } from './write-end.ts'
import type { FrameSenderInit } from './frame-sender.ts'
import type { StopSendingError } from '../errors.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'

/**
 * What a stream may send on a path that is full, before others and in any case, in
 * bytes a second
 */
const SMALL_RATE = 512

/**
 * What a stream writes: data, back-pressure and `close()`
 */
export abstract class WriteHalf extends FrameSender {
  private readonly maxBufferedAmount: number

  // how many bytes were handed over
  protected sentBytes = 0

  // how many bytes were sent in long frames since the last short one
  private turn = 0

  // how many bytes may be handed over before others have a turn
  private share = SHARE

  // how many bytes may be sent although others wait
  private smallCredit: number
  private smallCreditAt = 0
  private readonly writeEnd = new WriteEnd()
  private hasWritten = false
  private request?: Uint8Array
  private stopped?: StopSendingError

  // the remote does not read, not even what its negotiation is answered
  private stopsLater?: StopSendingError
  private drained?: PromiseWithResolvers<void>

  constructor (init: FrameSenderInit) {
    super(init)

    this.smallCredit = init.frameSize.short
    this.maxBufferedAmount = this.channel.maxBufferedAmount

    this.addEventListener('close', (evt) => {
      this.pace.forget(this)
      this.failure ??= evt.error

      if (this.drained != null) {
        this.rejectDrain(evt.error ?? new StreamStateError('The stream is closed'))
      }

      if (this.writeBuffer.byteLength > 0) {
        this.writeBuffer.consume(this.writeBuffer.byteLength)
      }
    })
  }

  /**
   * How many bytes were written and wait for the network
   */
  get bufferedLength (): number {
    return this.writeBuffer.byteLength + this.bundledLength + this.channel.bufferedAmount()
  }

  /**
   * Everything was handed to the channel, and no more comes
   */
  protected abstract onWritten (): void

  /**
   * @throws {StopSendingError} if the remote has stopped reading
   * @throws {StreamResetError} if the data channel is closed
   * @throws {StreamStateError} if the stream is closed for writing
   */
  send (data: Uint8Array | Uint8ArrayList): boolean {
    if (this.stopsLater != null && this.awaitsProtocol) {
      soon(() => { this.stopNegotiated() })

      return true
    }

    this.stopNegotiated()

    if (this.stopped != null) {
      throw this.stopped
    }

    const canSendMore = super.send(this.withRequest(data))

    // from here on there is something that the end of the stream could lose
    this.hasWritten = true

    if (this.isChannelClosed) {
      // what the remote has sent may still be read, but no drain will come
      throw new RemoteStreamResetError('The data channel is closed')
    }

    return canSendMore
  }

  /**
   * Sends this before anything else: with the first data, if there is some in this
   * turn of the event loop
   */
  protected begin (request: Uint8Array): void {
    this.request = request
    soon(() => { this.sendRequest() })
  }

  private withRequest (data: Uint8Array | Uint8ArrayList): Uint8Array | Uint8ArrayList {
    const { request } = this
    this.request = undefined

    if (request != null) {
      this.expectNegotiation()
    }

    return request == null ? data : new Uint8ArrayList(request, ...(data instanceof Uint8Array ? [data] : data))
  }

  private sendRequest (): void {
    if (this.request != null && this.writeStatus === 'writable') {
      super.send(this.withRequest(new Uint8Array()))
    }
  }

  sendData (data: Uint8ArrayList): SendResult {
    try {
      return this.sendPaced(data)
    } catch (err) {
      if (err instanceof ChannelClosedError) {
        // the channel's handler is about to be told, and told why
        this.isChannelClosed = true

        return { sentBytes: 0, canSendMore: false }
      }

      throw err
    }
  }

  private sendPaced (data: Uint8ArrayList): SendResult {
    const { pace, channel } = this
    let hasRoom = true

    channel.maxBufferedAmount = pace.isSlow ? 1 : this.maxBufferedAmount

    const result = sendFrames(data, () => this.nextPayload(), (frame) => {
      hasRoom = this.sendFrame(frame)
      this.sentBytes += frame.byteLength
      this.turn = frame.byteLength <= this.frameSize.short ? 0 : this.turn + frame.byteLength
      pace.handedOver(frame.byteLength)
      this.smallCredit -= frame.byteLength
      this.share -= frame.byteLength

      return hasRoom
    })

    if (!hasRoom) {
      pace.block(this)
    } else if (!result.canSendMore && pace.allowance() > 0) {
      pace.letOthers(this)
    } else if (!result.canSendMore) {
      pace.wait(this)
    }

    return result
  }

  /**
   * How many bytes the next frame may hold
   */
  private nextPayload (): number {
    const isToWait = this.pace.allowance() <= 0 || (this.share <= 0 && this.pace.othersWait)

    if (isToWait && !this.isSmall()) {
      return 0
    }

    // until the remote is heard no second message goes
    const isFirst = this.sentBytes === 0 && this.direction === 'outbound'

    return this.turn >= this.pace.turn && !isFirst ? this.frameSize.shortPayload : this.frameSize.longPayload
  }

  /**
   * What a stream sends now and then does not wait behind others
   */
  private isSmall (): boolean {
    const now = this.clock.now()
    this.smallCredit = Math.min(this.smallCredit + (now - this.smallCreditAt) / 1_000 * SMALL_RATE, this.frameSize.short)
    this.smallCreditAt = now

    return this.smallCredit > 0
  }

  /**
   * It is this stream's turn
   */
  goOn (): void {
    this.onWritable()
  }

  async onDrain (options?: AbortOptions): Promise<void> {
    const err = this.stopped ?? this.failure

    if (err != null) {
      throw err
    }

    if (!this.writableNeedsDrain) {
      return
    }

    if (this.drained == null) {
      this.drained = Promise.withResolvers()
      this.drained.promise.catch(() => {})
    }

    return raceSignal(this.drained.promise, options?.signal)
  }

  private rejectDrain (err: Error): void {
    this.drained?.reject(err)
    this.drained = undefined
  }

  protected onChannelDrain (): void {
    this.pace.unblock(this)
    this.onWritable()
  }

  private onWritable (): void {
    this.share = SHARE

    // what waits goes first: a writer that is woken before that adds to it, and
    // the buffer grows for ever
    this.writableNeedsDrain = false
    this.processSendQueue()

    if (this.writableNeedsDrain) {
      return
    }

    const drained = this.drained
    this.drained = undefined
    this.safeDispatchEvent('drain')
    drained?.resolve()
  }

  /**
   * Half-closes the stream: hands over what was written, sends FIN, and waits
   * until the remote has acknowledged it. Calling it again waits for the same.
   *
   * @throws {FinAckTimeoutError} if the remote does not acknowledge in time
   * @throws {StopSendingError} if the remote stopped reading before everything
   * was sent
   * @throws {StreamResetError} if the stream was reset after something was
   * written and before that
   */
  close (options?: AbortOptions): Promise<void> {
    const result = this.closeWrite(options)

    // a caller that does not await must not end the process
    result.catch(() => {})

    return result
  }

  private async closeWrite (options?: AbortOptions): Promise<void> {
    if (!this.writeEnd.isRequested) {
      if (this.failure != null && this.hasWritten) {
        throw this.failure
      }

      if (this.failure != null || this.writeStatus === 'closed') {
        // the stream has ended without it
        return
      }

      this.startClose()
    }

    await this.writeEnd.wait(options?.signal, err => { this.abort(err) })
  }

  async sendCloseWrite (options?: AbortOptions): Promise<void> {
    await this.close(options)
  }

  private startClose (): void {
    this.sendRequest()
    this.writeEnd.request()
    this.writeStatus = 'closing'

    if (this.writeBuffer.byteLength === 0 && !this.sendingData) {
      this.onWritten()
    } else {
      this.addEventListener('idle', () => {
        if (this.status === 'open') {
          this.onWritten()
        }
      }, { once: true })
    }
  }

  /**
   * The remote has everything that was written, or does not want it
   */
  protected endWriting (): void {
    this.writeStatus = 'closed'
    this.writeEnd.reached()
  }

  /**
   * The remote does not read any more
   */
  protected stopWriting (err: StopSendingError): void {
    if (this.awaitsProtocol) {
      // go-libp2p may say so with its data: an answer that fails would lose that
      this.stopsLater = err
      return
    }

    this.stopped = err

    // what is not sent yet is dropped
    if (this.writeBuffer.byteLength > 0) {
      this.writeEnd.missed(err)
    }

    this.onRemoteCloseRead()
    this.rejectDrain(err)

    // wakes writers that wait for the event: their next send throws
    this.safeDispatchEvent('drain')
  }

  private stopNegotiated (): void {
    if (this.stopsLater != null && !this.awaitsProtocol) {
      this.stopWriting(this.stopsLater)
      this.stopsLater = undefined
    }
  }

  abort (err: Error): void {
    // base-class code wakes writers before it sends the reset
    if (this.status === 'open') {
      this.failure = err
      this.writeEnd.missed(err)
    }

    super.abort(err)
  }

  protected fail (err: Error): void {
    if (this.status === 'open') {
      this.writeEnd.missed(err)
    }

    super.fail(err)
  }
}
