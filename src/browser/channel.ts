/**
 * A data channel.
 *
 * One that nobody refers to may be collected, with messages that have not been
 * delivered: its owner holds it until the browser says that it is closed.
 */
import { ChannelClosedError, FramingError } from '../errors.ts'
import { guard } from '../guard.ts'
import { Inbox } from '../inbox.ts'
import { SendQueue } from './send-queue.ts'
import type { Clock } from '../clock.ts'
import type { Waiting } from '../inbox.ts'
import type { Channel, ChannelHandler } from '../ports.ts'
import type { Logger } from '@libp2p/interface'

/**
 * The connection, as its channels see it
 */
export interface ChannelOwner {
  readonly log: Logger
  readonly clock: Clock
  readonly maxBufferedAmount: number
  readonly waiting: Waiting

  onSent (channel: BrowserChannel, bytes: number): void
  onReceived (bytes: number): void

  /**
   * The remote has closed the channel, or the browser has, of which it may tell behind
   * the other: the owner knows whether there is more to it, and calls `end`
   */
  onClosed (channel: BrowserChannel, err?: Error): void

  /**
   * The browser is done with the channel
   */
  release (channel: BrowserChannel): void
}

export interface BrowserChannelInit {
  dc: RTCDataChannel
  owner: ChannelOwner

  id: number
  openedBy: 'here' | 'remote' | 'both'

  onOpen? (): void
}

/**
 * - `open`: also while the browser connects it
 * - `closing`: from here
 * - `lost`: the remote or the browser has closed it, and nobody was told yet
 * - `closed`: the browser may be at it still
 */
type State = 'open' | 'closing' | 'lost' | 'closed'

export class BrowserChannel implements Channel {
  readonly id: number
  readonly reliable: boolean
  private readonly dc: RTCDataChannel
  private readonly owner: ChannelOwner
  private readonly incoming: Inbox
  private readonly outgoing: SendQueue
  private state: State = 'open'
  private error?: Error

  constructor ({ dc, owner, id, openedBy, onOpen }: BrowserChannelInit) {
    const { log } = owner

    this.dc = dc
    this.owner = owner
    this.id = id
    this.reliable = dc.maxPacketLifeTime == null && dc.maxRetransmits == null
    this.incoming = new Inbox(log, owner.waiting)
    this.outgoing = new SendQueue(dc, {
      clock: owner.clock,
      maxBufferedAmount: owner.maxBufferedAmount,
      isOpener: openedBy === 'here',
      onDrain: () => { this.incoming.drained() },
      onHandedOver: (bytes) => { owner.onSent(this, bytes) }
    })

    dc.binaryType = 'arraybuffer'
    dc.onmessage = guard(log, ({ data }) => { this.onMessage(data) })
    dc.onbufferedamountlow = guard(log, () => { this.outgoing.update() })
    dc.onerror = guard(log, event => { this.onError(event) })
    dc.onclosing = dc.onclose = guard(log, () => { this.onClose() })
    dc.onopen = guard(log, () => {
      this.outgoing.update()
      onOpen?.()
    })
  }

  get maxBufferedAmount (): number {
    return this.outgoing.maxBufferedAmount
  }

  set maxBufferedAmount (bytes: number) {
    this.outgoing.maxBufferedAmount = bytes
  }

  /**
   * Whether it was not closed here, and its end has not been told
   */
  get isOpen (): boolean {
    return this.state === 'open'
  }

  attach (handler: ChannelHandler): void {
    this.incoming.attach(handler)
  }

  send (message: Uint8Array): boolean {
    if (this.state !== 'open') {
      throw new ChannelClosedError('The channel is closed')
    }

    return this.outgoing.send(message)
  }

  bufferedAmount (): number {
    return this.state === 'open' || this.state === 'closing' ? this.outgoing.bufferedAmount() : 0
  }

  /**
   * How many bytes the browser has taken and not sent
   */
  unsent (): number {
    return this.state === 'closed' ? 0 : this.dc.bufferedAmount
  }

  expectNoMore (): void {
    // the browser tells of messages and of the end in order
  }

  close (): void {
    this.incoming.detach()

    if (this.state === 'lost') {
      this.state = 'closed'
    } else if (this.state === 'open') {
      this.state = 'closing'
      this.outgoing.finish()
    }
  }

  /**
   * Calls no handler any more
   */
  mute (): void {
    this.incoming.detach()
  }

  /**
   * Tells why the channel is closed
   */
  end (...reason: Parameters<ChannelHandler['onClosed']>): void {
    const isNews = this.state === 'open' || this.state === 'lost'
    this.state = 'closed'
    this.outgoing.stop()

    if (this.dc.readyState === 'closed') {
      this.discard()
    }

    if (isNews) {
      this.incoming.close(...reason)
    }
  }

  /**
   * The connection is closed, also where the browser does not say so
   */
  discard (): void {
    this.state = 'closed'
    this.outgoing.stop()
    this.dc.onmessage = this.dc.onbufferedamountlow = this.dc.onerror = this.dc.onclosing = this.dc.onclose = this.dc.onopen = null
    this.owner.release(this)
  }

  private onMessage (data: unknown): void {
    this.outgoing.onHeard()

    if (this.state !== 'open') {
      return
    }

    if (!(data instanceof ArrayBuffer)) {
      this.incoming.violate(new FramingError('The remote sent a text message'))
      return
    }

    this.owner.onReceived(data.byteLength)
    this.incoming.push(new Uint8Array(data))
  }

  private onError (event: Event): void {
    // an RTCErrorEvent, where the browser has those
    this.error = (event as Partial<RTCErrorEvent>).error ?? new Error('The browser closed the data channel')
  }

  /**
   * The remote has closed the channel, and all that it has sent was delivered, or the
   * browser has. Chromium tells of the first, and does the second when the remote has
   * answered its own reset. That takes a round trip, and as long as the remote likes:
   * where the last data before the reset was lost on its way usrsctp answers that it is
   * not ready until other data comes. Firefox tells of the second alone.
   */
  private onClose (): void {
    if (this.state === 'open') {
      this.state = 'lost'
    }

    if (this.state !== 'closing') {
      this.owner.onClosed(this, this.error)
    }

    if (this.state !== 'lost' && this.dc.readyState === 'closed') {
      this.discard()
    }
  }
}
