import { soon } from '../clock.ts'
import { Bundle } from './bundle.ts'
import { ReadHalf } from './read-half.ts'
import { RemoteHabits } from './remote-habits.ts'
import type { FrameSize } from './frame-size.ts'
import type { Nudge } from './nudge.ts'
import type { Pace, Sender } from './pace.ts'
import type { ReadHalfInit } from './read-half.ts'
import type { Tally } from './tally.ts'
import type { Channel } from '../ports.ts'

/**
 * The most that base-class code hands over for sending in one go, in bytes:
 * framing a piece costs nothing per frame but the send
 */
const MAX_SEND = 256 * 1024

export interface FrameSenderInit extends Omit<ReadHalfInit, 'id' | 'maxMessageSize'> {
  channel: Channel

  frameSize: FrameSize

  /**
   * How fast to hand over what is sent
   */
  pace: Pace

  /**
   * Counts what the streams of the connection send and receive
   */
  tally: Tally

  /**
   * What is known of the remote, shared by the streams of a connection
   *
   * @default - nothing
   */
  habits?: RemoteHabits

  /**
   * Is told of messages
   */
  nudge?: Pick<Nudge, 'onHeard' | 'onSent'>
}

/**
 * When frames go out: at once, or where the remote takes it (`remote-habits.ts`) with
 * the others of a turn of the event loop in one message. One that is full goes at once,
 * so what waits is short, and so is the time.
 */
export abstract class FrameSender extends ReadHalf implements Sender {
  protected readonly channel: Channel
  protected readonly tally: Tally
  protected readonly habits: RemoteHabits
  protected readonly pace: Pace
  protected readonly frameSize: FrameSize
  protected readonly nudge: FrameSenderInit['nudge']
  protected isChannelClosed = false
  private readonly bundle = new Bundle()

  /**
   * When the last frame was sent, by the clock
   */
  sentAt = -Infinity

  /**
   * Whether one was sent since the remote was heard
   */
  hasLastWord = false

  // how long a message of several frames may be
  private maxBundle: number
  private isTurnEnding = false

  // whether the reader is told of the end with the next turn
  private isEndLate = false

  // whether what waits has a negotiation in it
  private negotiationWaits = false

  constructor (init: FrameSenderInit) {
    super({ ...init, id: `${init.channel.id}`, maxMessageSize: MAX_SEND })

    this.channel = init.channel
    this.tally = init.tally
    this.pace = init.pace
    this.frameSize = init.frameSize
    this.nudge = init.nudge
    this.habits = init.habits ?? new RemoteHabits()

    // the first message is the only one until the remote is heard; the others fit into
    // one chunk of the stack
    this.maxBundle = this.direction === 'outbound' ? init.frameSize.long : init.frameSize.short
  }

  abstract goOn (): void

  /**
   * Sends what has waited for the end of the turn to be sent with the rest of it
   */
  protected abstract acknowledge (): void

  protected get bundledLength (): number {
    return this.bundle.byteLength
  }

  /**
   * Returns whether the channel takes more at once
   *
   * @throws {ChannelClosedError} if the channel is closed
   */
  protected sendFrame (frame: Uint8Array): boolean {
    const { bundle } = this
    this.tally.framesSent++
    this.tally.bytesSent += frame.byteLength
    this.sentAt = this.nudge?.onSent() ?? -Infinity
    this.hasLastWord = true

    if (!this.habits.takesBundles) {
      return this.channel.send(frame)
    }

    const hasRoom = bundle.byteLength + frame.byteLength <= this.maxBundle || this.flush()

    // two of them would not fit into one message
    if (bundle.byteLength === 0 && frame.byteLength * 2 > this.maxBundle) {
      this.maxBundle = this.frameSize.short

      return this.channel.send(frame)
    }

    bundle.add(frame)
    this.negotiationWaits ||= this.isNegotiating
    this.endTurnSoon()

    return hasRoom
  }

  /**
   * The next frame has a negotiation in it
   */
  protected expectNegotiation (): void {
    this.negotiationWaits = true
  }

  /**
   * FIN may have to go behind a negotiation, not with it
   */
  protected beforeFin (): void {
    if (this.negotiationWaits && !this.habits.takesEndAtOnce) {
      this.flush()
    }
  }

  /**
   * Sends what waits for the end of the turn. Returns whether the channel takes more at
   * once. Never throws.
   */
  protected flush (): boolean {
    const message = this.bundle.take()
    this.negotiationWaits = false

    if (message == null) {
      return true
    }

    this.maxBundle = this.frameSize.short

    try {
      const hasRoom = this.channel.send(message)

      if (!hasRoom && this.status === 'open') {
        this.writableNeedsDrain = true
        this.pace.block(this)
      }

      return hasRoom
    } catch (err) {
      // the channel's handler is about to be told, and told why
      this.isChannelClosed = true
      this.log('could not send %d bytes - %e', message.byteLength, err)

      return false
    }
  }

  protected endReading (): void {
    super.endReading()

    if (this.isNegotiating) {
      // what came in the same message may say who reads
      this.isEndLate = true
      this.endTurnSoon()
    }
  }

  protected endTurnSoon (): void {
    if (!this.isTurnEnding) {
      this.isTurnEnding = true
      soon(() => {
        this.isTurnEnding = false
        this.endTurn()
      })
    }
  }

  private endTurn (): void {
    if (this.isEndLate) {
      // whoever is told of it may have an answer, which may take a turn
      this.isEndLate = false
      this.deliverEnd()
      this.endTurnSoon()
    } else {
      this.acknowledge()
      this.flush()
    }
  }
}
