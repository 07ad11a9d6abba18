import { InactivityTimeoutError, FinAckTimeoutError, RemoteStreamResetError, StopSendingError } from '../errors.ts'
import { encodeFlag, Flag } from '../wire/framing.ts'
import { FirstFlight, MULTISTREAM_HEADER } from './first-flight.ts'
import { OPEN, transition, waitsForFinAck } from './state/stream-state.ts'
import { InactivityTimer, StateTimer } from './stream-timers.ts'
import { Unwanted } from './unwanted.ts'
import { WriteHalf } from './write-half.ts'
import type { StreamEffect, StreamEvent, StreamState, Wait } from './state/stream-state.ts'
import type { WebRTCStreamInit } from './stream-init.ts'
import type { ChannelState, FinAckOutcome } from './tally.ts'
import type { Channel } from '../ports.ts'
import type { Message } from '../wire/pb/message.ts'
import type { SendResult } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'

const FIN_ACK_OUTCOMES: Partial<Record<StreamEvent, FinAckOutcome>> = { 'fin-ack': 'received', 'fin-ack-waived': 'waived', timeout: 'timeout' }

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
export class WebRTCStream extends WriteHalf {
  private readonly init: WebRTCStreamInit
  private readonly unwanted = new Unwanted()
  private readonly deadline: StateTimer
  private readonly inactivity: InactivityTimer
  private state: StreamState = OPEN
  private closedBy: 'remote' | 'here' | 'connection-lost' = 'here'
  private localErrorCode = 0

  // the code of the frame that is being handled
  private remoteErrorCode?: number

  // why the connection was lost, if it was
  private lost?: Error

  private firstFlight?: FirstFlight

  // the remote learns that nobody reads when it has answered the first flight
  private closesRead = false

  /**
   * Whether the remote answers negotiations message by message: header and protocol
   * came in one. litep2p does, and takes nothing behind them in the same message.
   */
  negotiatesByMessage?: boolean

  private owesFinAck = false
  private isHeard = false
  private finSentAt = 0

  constructor (init: WebRTCStreamInit) {
    super(init)

    this.init = init

    this.deadline = new StateTimer({
      clock: this.clock,
      silence: init.silence,
      patience: (wait) => this.patience(wait),
      onTimeout: () => { this.run('timeout') }
    })

    this.inactivity = new InactivityTimer(this.clock, (timeout) => {
      this.abort(new InactivityTimeoutError(`Nothing was sent or received on the stream for ${timeout} ms`))
    })
    this.inactivity.timeout = this.inactivityTimeout
    init.unreadLimit.add(this)
    this.addEventListener('close', () => {
      this.inactivity.stop()
      init.unreadLimit.delete(this)

      // FIN may still come, and has to be acknowledged
      if (this.state.phase !== 'open') {
        this.decoder.drop()
      }
    })

    this.channel.attach({
      onMessage: (data) => { this.onChannelMessage(data) },
      onViolation: (err) => { this.abort(err) },
      onDrain: () => { this.onChannelDrain() },
      onClosed: (reason, err) => { this.onChannelClosed(reason, err) }
    })
  }

  // --- what the base class calls ---

  sendData (data: Uint8ArrayList): SendResult {
    this.inactivity.touch()

    return super.sendData(data)
  }

  sendReset (err: Error & { errorCode?: unknown }): void {
    this.localErrorCode = typeof err.errorCode === 'number' ? err.errorCode >>> 0 : 0
    this.run('reset')
  }

  async sendCloseRead (): Promise<void> {
    if (this.firstFlight?.isOver === false) {
      // a remote that answers could not, and would give the stream up with its data
      this.closesRead = true
    } else {
      this.run('close-read')
    }

    this.deliverEnd()
  }

  protected onWritten (): void {
    this.run('close-write')
  }

  // --- what happens on the channel ---

  private onChannelMessage (data: Uint8Array): void {
    const isFirst = !this.isHeard
    const { framesReceived } = this.tally

    if (isFirst) {
      this.isHeard = true
      this.init.onHeard?.()
    }

    this.tally.bytesReceived += data.byteLength
    this.hasLastWord = false
    this.nudge?.onHeard()

    if (this.state.phase !== 'open') {
      return
    }

    this.inactivity.touch()

    try {
      this.decoder.push(data, frame => { this.onFrame(frame) })
    } catch (err: any) {
      this.abort(err)
    }

    if (isFirst && this.negotiates) {
      this.habits.began(this.tally.framesReceived - framesReceived)
    }

    this.receivedBytes += data.byteLength
    this.init.unreadLimit.received(data.byteLength)
  }

  private onFrame (frame: Message): void {
    const { state } = this
    const { message } = frame
    this.tally.framesReceived++

    if (state.phase !== 'open') {
      return
    }

    if (state.read !== 'ready') {
      this.unwanted.data(message?.byteLength ?? 0, state.read)
    } else if (message != null && message.byteLength > 0) {
      this.unwanted.wantedFrame()
      this.onPayload(message)
    }

    this.onFlag(frame)

    if ((message == null || message.byteLength === 0) && this.state === state) {
      this.unwanted.emptyFrame()
    }
  }

  private onFlag (frame: Message): void {
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
        if (this.state.phase === 'open' && this.state.read === 'stopped' && this.init.finAcks.state !== 'sent') {
          // rust-libp2p drops a stream like this at its end, for example after a
          // ping; there is no reader who had to be told
          this.run('fin-ack-waived')
        }

        this.run('reset-stream')
        break
      default:
        this.log('unknown flag %d', frame.flag)
    }
  }

  private onPayload (data: Uint8Array): void {
    if (this.negotiatesByMessage == null) {
      this.negotiatesByMessage = data.byteLength > MULTISTREAM_HEADER.byteLength

      if (this.negotiates && this.direction === 'outbound') {
        this.habits.answered(this.negotiatesByMessage)

        if (this.habits.state === 'by-message') {
          this.frameSize.allow()
        }
      }
    }

    if (this.firstFlight?.isOver !== false) {
      this.onData(data)
      return
    }

    try {
      const rest = this.firstFlight.read(data)

      if (!this.closesRead) {
        this.onData(rest)
      } else if (this.firstFlight.isOver) {
        this.run('close-read')
      }
    } catch (err: any) {
      this.abort(err)
    }
  }

  /**
   * The remote is known to accept the protocol: it is negotiated while data is
   * sent already
   */
  assume (protocol: string): void {
    this.protocol = protocol
    this.firstFlight = new FirstFlight(protocol)
    this.begin(this.firstFlight.request)
  }

  private onChannelClosed (reason: 'channel-closed' | 'connection-lost', err?: Error): void {
    this.lost = err
    this.closedBy = reason === 'channel-closed' ? 'remote' : reason
    this.run(reason)
  }

  /**
   * Whether the remote is to answer, as far as the stream can tell
   */
  get isAwaiting (): boolean {
    const { state } = this

    return state.phase === 'open' && (!this.isHeard || waitsForFinAck(state) || (state.write !== 'ready' && state.read === 'ready'))
  }

  /**
   * Its channel, where an empty frame may go over that: the remote reads frames of it,
   * and nothing waits in it
   */
  get idleChannel (): Channel | undefined {
    const { state, channel } = this
    const isSettled = this.isHeard && !this.isNegotiating && this.firstFlight?.isOver !== false
    const isIdle = state.phase === 'open' && state.write === 'ready' && this.bundledLength === 0 && channel.bufferedAmount() === 0

    return isSettled && isIdle ? channel : undefined
  }

  get channelState (): ChannelState {
    const { state } = this

    if (state.phase !== 'open') {
      return 'closing'
    }

    return state.write === 'ready' && state.read === 'ready' ? 'open' : 'half-closed'
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

    if (waited && !waitsForFinAck(state)) {
      this.init.onFinAck?.(FIN_ACK_OUTCOMES[event] ?? 'ended', this.clock.now() - this.finSentAt)
    }

    for (const effect of effects) {
      this.perform(effect)
    }

    this.deadline.update(this.state)

    if (!waitsForFinAck(this.state)) {
      this.init.finAcks.settled(this.waiveFinAck)
    } else if (!waited) {
      this.finSentAt = this.clock.now()
      this.init.finAcks.expect(this.waiveFinAck, this.sentBytes)
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
        this.beforeFin()
        this.sendFlag(Flag.FIN)
        break
      case 'send-fin-ack':
        this.owesFinAck = true
        this.endTurnSoon()
        break
      case 'send-stop-sending':
        this.sendFlag(Flag.STOP_SENDING)
        break
      case 'send-reset':
        this.acknowledge()
        this.sendFlag(Flag.RESET_STREAM, this.localErrorCode)
        this.flush()
        break
      case 'close-channel':
        this.acknowledge()
        this.flush()
        this.init.finAcks.forget(this.sendFinAck)
        this.channel.close()
        this.init.onChannelClosed(this.closedBy)
        break
      case 'read-ended':
        if (this.firstFlight?.isOver === false) {
          this.abort(this.firstFlight.refused())
          break
        }

        this.channel.expectNoMore()
        this.endReading()
        break
      case 'write-stopped':
        this.stopWriting(new StopSendingError(undefined, this.remoteErrorCode))
        break
      case 'write-closed':
        this.endWriting()
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
        this.fail(this.lost ?? new RemoteStreamResetError('The connection ended before both ends of the stream were closed'))
        break
      case 'fin-ack-missing':
        this.init.onFinAckMissing?.()
        this.abort(new FinAckTimeoutError(`The remote stopped answering: it did not acknowledge the end of the stream, and nothing has moved on the connection for ${this.init.finAckTimeout} ms`))
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
  protected acknowledge (): void {
    if (this.owesFinAck) {
      this.owesFinAck = false
      this.init.finAcks.acknowledge(this.sendFinAck)
    }
  }

  private sendFlag (flag: number, errorCode?: number): void {
    try {
      this.sendFrame(encodeFlag(flag, errorCode))
    } catch (err) {
      this.log('could not send flag %d - %e', flag, err)
    }
  }

  private patience (wait: Wait): number {
    switch (wait) {
      case 'remote': return this.init.finAckTimeout
      case 'channel': return this.init.onEnded(this.state.phase === 'resetting')
      case 'moment': return this.init.finDelay()
      default: return wait satisfies never
    }
  }
}
