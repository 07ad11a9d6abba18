import { StreamBufferError, StreamMessageEvent, StreamResetEvent, StreamStateError } from '@libp2p/interface'
import { AbstractStream } from '@libp2p/utils'
import { raceSignal } from 'race-signal'
import { Uint8ArrayList } from 'uint8arraylist'
import { soon } from '../clock.ts'
import { ChannelClosedError, FinAckTimeoutError, InactivityTimeoutError, RemoteStreamResetError, StopSendingError } from '../errors.ts'
import { encodeFlag, Flag, FrameDecoder, maxPayload, sendFrames } from '../wire/framing.ts'
import { OPEN, transition, waitsFor, waitsForFinAck } from './state/stream-state.ts'
import type { FinAcks } from './fin-acks.ts'
import type { Channel } from '../ports.ts'
import type { StreamEffect, StreamEvent, StreamState } from './state/stream-state.ts'
import type { Message } from '../wire/pb/message.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { AbstractStreamInit, SendResult } from '@libp2p/utils'

/**
 * The most that base-class code hands over for sending in one go, in bytes:
 * framing a piece costs nothing per frame but the send
 */
const MAX_SEND = 256 * 1024

/**
 * A reader that has taken nothing for so long does not read, in ms
 */
const STALLED_AFTER = 500

/**
 * How many times `maxReadBufferLength` a reader may lag behind that does read:
 * one that writes all it reads back was seen to lag 23 MB behind after 256 MiB
 */
const SLOW_READER_ALLOWANCE = 16

/**
 * `setTimeout` fires at once for a longer time, in ms
 */
const MAX_TIMEOUT = 2 ** 31 - 1

export interface WebRTCStreamInit extends Omit<AbstractStreamInit, 'id' | 'maxMessageSize'> {
  channel: Channel

  /**
   * The longest frame to send, with its prefix, in bytes
   */
  maxFrame: number

  /**
   * How long to wait for the remote to acknowledge FIN, in ms
   */
  finAckTimeout: number

  /**
   * What is known of the remote's acknowledgements, shared by the streams of a
   * connection
   */
  finAcks: FinAcks

  /**
   * How long FIN is withheld from a remote that needs nothing more, to see
   * whether it closes the channel, in ms
   */
  finDelay (): number

  /**
   * The stream has ended, its channel is still open. Returns how long to wait
   * for the remote to close it, in ms.
   */
  onEnded (): number

  /**
   * The channel is closed; called once, and last
   */
  onChannelClosed (by: 'remote' | 'here' | 'connection-lost'): void
}

/**
 * A libp2p stream over a data channel: runs the effects that
 * `stream-state.ts` asks for, and owns the timers.
 *
 * - `close()` resolves when the remote has acknowledged everything that was
 *   written, or has said that it does not want it. Where it rejects, that can't
 *   be promised. A remote that never acknowledges (`fin-acks.ts`) is the
 *   exception: there it resolves when everything has been handed over.
 * - The `remoteCloseWrite` event follows the last `message` event, also where
 *   the data waited because the stream was paused or had no reader.
 */
export class WebRTCStream extends AbstractStream {
  private readonly channel: Channel
  private readonly init: WebRTCStreamInit
  private readonly payload: number
  private readonly decoder = new FrameDecoder()
  private state: StreamState = OPEN
  private timer?: ReturnType<typeof setTimeout>
  private inactivityTimer?: ReturnType<typeof setTimeout>
  private lastActive = Date.now()
  private waits: ReturnType<typeof waitsFor>
  private closedBy: 'remote' | 'here' | 'connection-lost' = 'here'
  private localErrorCode = 0

  // the code of the frame that is being handled
  private remoteErrorCode?: number

  // the remote's FIN has arrived, but data before it waits to be read
  private endIsHeld = false

  private owesFinAck = false

  private hasWritten = false

  private stopped?: StopSendingError
  private failure?: Error
  private isChannelClosed = false
  private closed?: PromiseWithResolvers<void>
  private drained?: PromiseWithResolvers<void>

  constructor (init: WebRTCStreamInit) {
    super({ ...init, id: `${init.channel.id}`, maxMessageSize: MAX_SEND })

    this.init = init
    this.channel = init.channel
    this.payload = maxPayload(init.maxFrame)
    this.watchInactivity()

    this.addEventListener('close', (evt) => {
      clearTimeout(this.inactivityTimer)
      this.failure ??= evt.error

      const err = evt.error ?? new StreamStateError('The stream is closed')
      this.drained?.reject(err)
      this.drained = undefined

      if (this.writeBuffer.byteLength > 0) {
        this.writeBuffer.consume(this.writeBuffer.byteLength)
      }
    })

    this.channel.attach({
      onMessage: (data) => { this.onChannelMessage(data) },
      onViolation: (err) => { this.abort(err) },
      onDrain: () => { this.onChannelDrain() },
      onClosed: (reason) => { this.onChannelClosed(reason) }
    })
  }

  // --- what applications call ---

  /**
   * @throws {StopSendingError} if the remote has stopped reading
   * @throws {StreamResetError} if the data channel is closed
   * @throws {StreamStateError} if the stream is closed for writing
   */
  send (data: Uint8Array | Uint8ArrayList): boolean {
    if (this.stopped != null) {
      throw this.stopped
    }

    const canSendMore = super.send(data)

    // from here on there is something that the end of the stream could lose
    this.hasWritten = true

    if (this.isChannelClosed) {
      // what the remote has sent may still be read, but no drain will come
      throw new RemoteStreamResetError('The data channel is closed')
    }

    return canSendMore
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
    if (this.failure != null && this.closed == null) {
      if (this.hasWritten) {
        throw this.failure
      }

      return
    }

    if (this.closed == null && this.writeStatus === 'closed') {
      // the stream has ended without it
      return
    }

    this.closed ??= this.startClose()

    if (options?.signal == null) {
      return this.closed.promise
    }

    try {
      await raceSignal(this.closed.promise, options.signal)
    } catch (err: any) {
      if (options.signal.aborted) {
        this.abort(err)
      }

      throw err
    }
  }

  private startClose (): PromiseWithResolvers<void> {
    const closed = Promise.withResolvers<void>()
    closed.promise.catch(() => {})
    this.closed = closed

    if (this.writeStatus !== 'closed') {
      this.writeStatus = 'closing'
    }

    if (this.writeBuffer.byteLength === 0 && !this.sendingData) {
      this.run('close-write')
    } else {
      this.addEventListener('idle', () => {
        if (this.status === 'open') {
          this.run('close-write')
        }
      }, { once: true })
    }

    return closed
  }

  abort (err: Error): void {
    // base-class code wakes writers before it sends the reset
    if (this.status === 'open') {
      this.failure = err
      this.closed?.reject(err)
    }

    super.abort(err)
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

  /**
   * Reads the stream to its end, also where it has ended already and data waits
   * to be read.
   *
   * Data channels have no flow control by stream, so what a reader leaves
   * unread is bounded: a reader that has not taken anything for a while may
   * leave `maxReadBufferLength` bytes, one that reads but is slower than the
   * remote 16 times as many. Beyond that the stream is reset.
   */
  async * [Symbol.asyncIterator] (): AsyncGenerator<Uint8Array | Uint8ArrayList> {
    if (this.readStatus !== 'readable' && this.readStatus !== 'paused') {
      return
    }

    const queue: Array<Uint8Array | Uint8ArrayList> = []
    let queued = 0
    let lastTaken = Date.now()
    let wake = (): void => {}

    const sleep = async (): Promise<void> => new Promise(resolve => { wake = resolve })
    const onMessage = (evt: StreamMessageEvent): void => {
      queue.push(evt.data)
      queued += evt.data.byteLength

      if (queued > this.maxReadBufferLength) {
        const limit = this.maxReadBufferLength * (Date.now() - lastTaken > STALLED_AFTER ? 1 : SLOW_READER_ALLOWANCE)

        if (queued > limit) {
          this.abort(new StreamBufferError(`The reader of the stream left ${queued} bytes unread, the limit is ${limit}`))
        }
      }

      wake()
    }
    const onEnd = (): void => { wake() }

    this.addEventListener('message', onMessage)
    this.addEventListener('remoteCloseWrite', onEnd)
    this.addEventListener('close', onEnd)

    try {
      while (true) {
        const data = queue.shift()

        if (data != null) {
          queued -= data.byteLength
          lastTaken = Date.now()
          yield data
        } else if (this.readBuffer.byteLength === 0 && this.failure != null) {
          throw this.failure
        } else if (this.readBuffer.byteLength === 0 && (this.remoteWriteStatus === 'closed' || this.status !== 'open')) {
          return
        } else {
          await sleep()
        }
      }
    } finally {
      this.removeEventListener('message', onMessage)
      this.removeEventListener('remoteCloseWrite', onEnd)
      this.removeEventListener('close', onEnd)
    }
  }

  // --- what the base class calls ---

  sendData (data: Uint8ArrayList): SendResult {
    this.lastActive = Date.now()

    try {
      return sendFrames(data, this.payload, frame => this.channel.send(frame))
    } catch (err) {
      if (err instanceof ChannelClosedError) {
        // the channel's handler is about to be told, and told why
        this.isChannelClosed = true

        return { sentBytes: 0, canSendMore: false }
      }

      throw err
    }
  }

  sendReset (err: Error & { errorCode?: unknown }): void {
    this.localErrorCode = typeof err.errorCode === 'number' ? err.errorCode >>> 0 : 0
    this.run('reset')
  }

  async sendCloseWrite (options?: AbortOptions): Promise<void> {
    await this.close(options)
  }

  async sendCloseRead (): Promise<void> {
    this.run('close-read')
    this.deliverEnd()
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

  // --- what happens on the channel ---

  private onChannelMessage (data: Uint8Array): void {
    if (this.state.phase !== 'open') {
      return
    }

    this.lastActive = Date.now()

    try {
      this.decoder.push(data, frame => { this.onFrame(frame) })
    } catch (err: any) {
      this.abort(err)
    }
  }

  private onFrame (frame: Message): void {
    if (this.state.phase !== 'open') {
      return
    }

    if (frame.message != null && this.state.read === 'ready') {
      this.onData(frame.message)
    }

    if (waitsForFinAck(this.state)) {
      if (frame.flag !== Flag.FIN_ACK) {
        this.init.finAcks.heard(this.waiveFinAck)
      }
    } else {
      this.init.finAcks.heardElsewhere()
    }

    if (frame.flag == null) {
      return
    }

    this.remoteErrorCode = frame.errorCode

    switch (frame.flag) {
      case Flag.FIN:
        this.run('fin')
        break
      case Flag.FIN_ACK:
        this.init.finAcks.received()
        this.run('fin-ack')
        break
      case Flag.STOP_SENDING:
        this.run('stop-sending')
        break
      case Flag.RESET_STREAM:
        if (this.state.read === 'stopped' && this.init.finAcks.state !== 'sent') {
          // rust-libp2p drops a stream like this at its end, for example after a
          // ping; there is no reader who had to be told
          this.run('fin-ack-waived')
        }

        this.run('reset-stream')
        break
      default:
        this.log('ignoring unknown flag %d', frame.flag)
    }
  }

  private onChannelDrain (): void {
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

  private onChannelClosed (reason: 'channel-closed' | 'connection-lost'): void {
    this.closedBy = reason === 'channel-closed' ? 'remote' : reason
    this.run(reason)
  }

  /**
   * The connection is being closed from here
   */
  onConnectionLost (): void {
    this.onChannelClosed('connection-lost')
  }

  // --- the state machine ---

  private run (event: StreamEvent): void {
    const waited = waitsForFinAck(this.state)
    const { state, effects } = transition(this.state, event)
    this.state = state

    for (const effect of effects) {
      this.perform(effect)
    }

    this.updateTimer()

    if (!waitsForFinAck(this.state)) {
      this.init.finAcks.settled(this.waiveFinAck)
    } else if (!waited) {
      this.init.finAcks.expect(this.waiveFinAck)
    }
  }

  private readonly waiveFinAck = (): void => {
    this.run('fin-ack-waived')
  }

  private readonly sendFinAck = (): void => {
    this.sendFlag(Flag.FIN_ACK)
  }

  private perform (effect: StreamEffect): void {
    switch (effect) {
      case 'send-fin':
        this.sendFlag(Flag.FIN)
        break
      case 'send-fin-ack':
        this.owesFinAck = true
        soon(() => { this.acknowledge() })
        break
      case 'send-stop-sending':
        this.sendFlag(Flag.STOP_SENDING)
        break
      case 'send-reset':
        this.acknowledge()
        this.sendFlag(Flag.RESET_STREAM, this.localErrorCode)
        break
      case 'close-channel':
        this.acknowledge()
        this.init.finAcks.forget(this.sendFinAck)
        this.channel.close()
        this.init.onChannelClosed(this.closedBy)
        break
      case 'read-ended':
        this.channel.expectNoMore()
        this.endIsHeld = true
        this.deliverEnd()
        break
      case 'write-stopped':
        this.onStopSending()
        break
      case 'write-closed':
        this.writeStatus = 'closed'
        this.closed?.resolve()
        break
      case 'ended':
        this.deliverEnd(true)
        this.onTransportClosed()
        break
      case 'remote-reset':
        this.owesFinAck = false
        this.fail(new RemoteStreamResetError('The remote reset the stream', this.remoteErrorCode))
        break
      case 'channel-lost':
        this.fail(new RemoteStreamResetError('The remote closed the data channel before both ends of the stream were closed'))
        break
      case 'connection-lost':
        this.fail(new RemoteStreamResetError('The connection ended before both ends of the stream were closed'))
        break
      case 'fin-ack-missing':
        this.abort(new FinAckTimeoutError(`The remote did not acknowledge the end of the stream within ${this.init.finAckTimeout} ms`))
        break
      default:
        effect satisfies never
    }
  }

  /**
   * Sends the FIN_ACK that is owed. It is the last thing that go-libp2p waits for
   * before it closes the channel (`stream-state.ts`), so it waits for a reader
   * that closes the stream at its end, and for STOP_SENDING right behind FIN.
   */
  private acknowledge (): void {
    if (this.owesFinAck) {
      this.owesFinAck = false
      this.init.finAcks.acknowledge(this.sendFinAck)
    }
  }

  private sendFlag (flag: number, errorCode?: number): void {
    try {
      this.channel.send(encodeFlag(flag, errorCode))
    } catch (err) {
      this.log('could not send flag %d - %e', flag, err)
    }
  }

  private onStopSending (): void {
    this.stopped = new StopSendingError(undefined, this.remoteErrorCode)

    // what is not sent yet is dropped
    if (this.writeBuffer.byteLength > 0) {
      this.closed?.reject(this.stopped)
    }

    this.onRemoteCloseRead()
    this.drained?.reject(this.stopped)
    this.drained = undefined

    // wakes writers that wait for the event: their next send throws
    this.safeDispatchEvent('drain')
  }

  /**
   * Tells the reader that the remote has sent everything, once it has had
   * everything
   */
  private deliverEnd (now: boolean = false): void {
    if (this.endIsHeld && (now || this.readBuffer.byteLength === 0)) {
      this.endIsHeld = false
      this.onRemoteCloseWrite()
    }
  }

  /**
   * As `onRemoteReset` of the base class, with an error that says why
   */
  private fail (err: Error): void {
    if (this.status !== 'open') {
      return
    }

    this.failure = err
    this.closed?.reject(err)
    this.status = 'reset'
    this.writeStatus = 'closed'
    this.remoteWriteStatus = 'closed'
    this.remoteReadStatus = 'closed'
    this.timeline.close = Date.now()

    if (this.readBuffer.byteLength === 0) {
      this.readStatus = 'closed'
    }

    this.dispatchEvent(new StreamResetEvent(err))
  }

  // --- timers ---

  private updateTimer (): void {
    const waits = waitsFor(this.state)

    if (waits === this.waits) {
      return
    }

    this.waits = waits
    clearTimeout(this.timer)

    if (waits == null) {
      return
    }

    const delay = this.patience(waits)

    if (delay === 0) {
      this.run('timeout')
      return
    }

    this.timer = setTimeout(() => {
      // the next state may wait for the same anew
      this.waits = undefined
      this.run('timeout')
    }, Math.min(delay, MAX_TIMEOUT))
    this.timer.unref?.()
  }

  private patience (waits: NonNullable<ReturnType<typeof waitsFor>>): number {
    switch (waits) {
      case 'remote': return this.init.finAckTimeout
      case 'channel': return this.init.onEnded()
      case 'moment': return this.init.finDelay()
      default: return waits satisfies never
    }
  }

  private watchInactivity (): void {
    const left = this.lastActive + this.inactivityTimeout - Date.now()

    if (left === Infinity) {
      return
    }

    this.inactivityTimer = setTimeout(() => {
      if (Date.now() - this.lastActive >= this.inactivityTimeout) {
        this.abort(new InactivityTimeoutError(`Nothing was sent or received on the stream for ${this.inactivityTimeout} ms`))
      } else {
        this.watchInactivity()
      }
    }, Math.min(Math.max(left, 1), MAX_TIMEOUT))
    this.inactivityTimer.unref?.()
  }
}
