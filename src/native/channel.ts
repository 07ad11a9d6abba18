/**
 * A data channel.
 *
 * - A message may go out after the reset of its own SCTP stream: whether the
 *   channel is closed is looked at before the lock for sending is taken
 *   (libdatachannel 0.24.5, `DataChannel::outgoing`), and what the stream does
 *   not take is sent when it is open for the next channel. To pion that is a
 *   violation that ends the connection. So nothing is sent when the remote is
 *   about to close the channel (`stream-state.ts`), as far as that is known.
 * - The native `onClosed` drops messages that have not been delivered
 *   (`sweep.ts`). It is used once FIN was read: then nothing can be lost.
 * - The native `onClosed` is also what frees a channel. One that is closed
 *   without it is a stray (`lifetime.ts`).
 */
import { soon } from '../clock.ts'
import { FramingError } from '../errors.ts'
import { guard } from '../guard.ts'
import { addStray } from './lifetime.ts'
import { ReceiveQueue } from './receive-queue.ts'
import { SendQueue } from './send-queue.ts'
import { touchChannel } from './sweep.ts'
import type { Arrivals } from './arrivals.ts'
import type { LifeSigns } from './life-signs.ts'
import type { Waiting } from '../inbox.ts'
import type { Channel, ChannelHandler } from '../ports.ts'
import type { Logger } from '@libp2p/interface'
import type { DataChannel } from 'node-datachannel'

/**
 * The connection, as its channels see it
 */
export interface ChannelOwner {
  readonly log: Logger
  readonly maxBufferedAmount: number
  readonly holdTimeout: number
  readonly signs: LifeSigns
  readonly arrivals: Arrivals<unknown>
  readonly waiting: Waiting

  /**
   * Whether channels are closed because the connection is
   */
  isGone (): boolean

  /**
   * Whether it is not known yet why the connection is gone
   */
  isAboutToEnd (): boolean

  /**
   * Something was sent or has arrived on a channel
   */
  onTraffic (): void

  /**
   * The channel is closed
   */
  forget (channel: Channel): void
}

export interface NativeChannelInit {
  native: DataChannel
  owner: ChannelOwner
  openedBy: 'here' | 'remote' | 'both'
  onOpen? (): void
}

export class NativeChannel implements Channel {
  readonly id: number
  readonly reliable = undefined
  onAcknowledged?: () => void
  private native?: DataChannel
  private readonly owner: ChannelOwner
  private readonly outgoing: SendQueue
  private readonly incoming: ReceiveQueue

  // whether the remote waits for the first message from here
  private isAsked: boolean
  private received = 0

  private wasOpen = false
  private watchesClose = false

  // whether the last look found it closed, and whether anything has arrived since
  private isEnding = false
  private heard = false

  constructor ({ native, owner, openedBy, onOpen }: NativeChannelInit) {
    const { log, maxBufferedAmount } = owner

    this.native = native
    this.owner = owner
    this.isAsked = openedBy === 'remote'
    this.incoming = new ReceiveQueue(log, owner.waiting)
    this.outgoing = new SendQueue(native, maxBufferedAmount, {
      log,
      holdTimeout: openedBy === 'here' ? owner.holdTimeout : undefined,
      onDrain: () => { this.incoming.drained() }
    })

    // before anything else: go-libp2p sends the first message as soon as it sees
    // the channel, behind the DATA_CHANNEL_ACK that opens it
    if (openedBy === 'here') {
      this.listen()
    }

    this.id = native.getId()

    native.onOpen(guard(log, () => {
      this.wasOpen = true
      owner.signs.onHeard()
      onOpen?.()
      this.onAcknowledged?.()
    }))
  }

  /**
   * Receives messages from here on
   */
  listen (): void {
    this.native?.onMessage(guard(this.owner.log, message => { this.onMessage(message) }))

    // what this thread has handed over itself comes within a turn of the event loop
    soon(() => { soon(guard(this.owner.log, () => { this.incoming.endOfFirst() })) })
  }

  get maxBufferedAmount (): number {
    return this.outgoing.maxBufferedAmount
  }

  set maxBufferedAmount (bytes: number) {
    this.outgoing.maxBufferedAmount = bytes
  }

  attach (handler: ChannelHandler): void {
    this.incoming.attach(handler)
  }

  send (message: Uint8Array): boolean {
    this.touch()

    if (this.isAsked) {
      this.isAsked = false
      this.owner.arrivals.onAnswer(this.received)
    }

    return this.outgoing.send(message)
  }

  bufferedAmount (): number {
    return this.outgoing.bufferedAmount()
  }

  /**
   * Whether something waits because the stack takes no more
   */
  isWaiting (): boolean {
    return this.outgoing.isWaiting()
  }

  private touch (): void {
    touchChannel(this)
    this.owner.onTraffic()
  }

  expectNoMore (): void {
    if (this.native == null || this.watchesClose) {
      return
    }

    try {
      this.native.onClosed(guard(this.owner.log, () => {
        // it is not closed from here, and looks find out why the connection is gone
        if (this.native != null && !this.owner.isGone()) {
          this.owner.signs.onHeard()
          this.end()
        } else {
          touchChannel(this)
        }
      }))
      this.watchesClose = true

      // it does not tell of what it was before
      touchChannel(this)
    } catch (err) {
      this.owner.log('could not watch channel %d - %e', this.id, err)
    }
  }

  close (): void {
    this.mute()
    this.owner.forget(this)
    this.closeNative()
  }

  /**
   * Sends what is held, and calls no handler any more
   */
  mute (): void {
    this.incoming.detach()
    this.outgoing.release()
    this.outgoing.close()
  }

  private closeNative (): void {
    const native = this.native

    if (native == null) {
      return
    }

    this.native = undefined
    this.outgoing.close()

    try {
      if (!native.isOpen()) {
        addStray(native)
      } else if (!this.watchesClose) {
        native.onClosed(() => {})
      }

      native.close()
      this.owner.signs.onSent()
    } catch (err) {
      this.owner.log('could not close channel %d - %e', this.id, err)
    }
  }

  /**
   * Whether the channel was closed a moment ago, before a look has found it
   */
  hasJustClosed (): boolean {
    const hasClosed = this.native != null && this.wasOpen && !this.native.isOpen()

    if (hasClosed) {
      touchChannel(this)
    }

    return hasClosed
  }

  /**
   * The end of the connection is told to all channels (`peer.ts`)
   */
  get isTold (): boolean {
    return this.watchesClose && !this.isWaiting()
  }

  /**
   * Looks whether the channel is closed and all its messages have arrived. Returns
   * whether it is time to look again soon.
   */
  look (): boolean {
    try {
      return this.lookForEnd()
    } catch (err) {
      this.owner.log.error('error while looking at channel %d - %e', this.id, err)

      return false
    }
  }

  private lookForEnd (): boolean {
    if (this.native == null || this.native.isOpen()) {
      this.wasOpen = true
      return this.isWaiting()
    }

    if (this.owner.isAboutToEnd()) {
      return true
    }

    const isGone = this.owner.isGone()

    if (!this.wasOpen && !isGone) {
      return false
    }

    if (!this.isEnding && !isGone) {
      this.owner.signs.onHeard()
    }

    if (this.isEnding && !this.heard) {
      this.end()
    } else {
      this.isEnding = true
      this.heard = false
    }

    return true
  }

  private end (): void {
    this.owner.forget(this)

    const isGone = this.owner.isGone()

    if (this.incoming.close(isGone ? 'connection-lost' : 'channel-closed', isGone ? this.owner.signs.lost : undefined)) {
      this.close()
    } else {
      this.closeNative()
    }
  }

  private onMessage (message: string | Buffer | ArrayBuffer): void {
    this.heard = true
    this.received++
    this.touch()
    this.outgoing.release()

    if (typeof message === 'string') {
      this.incoming.violate(new FramingError('The remote sent a text message'))
      return
    }

    const bytes = message instanceof ArrayBuffer
      ? new Uint8Array(message)
      : new Uint8Array(message.buffer, message.byteOffset, message.byteLength)

    if (this.received === 1) {
      this.owner.arrivals.onFirstMessage(bytes)
    }

    this.incoming.push(bytes)
  }
}
