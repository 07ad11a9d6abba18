/**
 * The channels of a connection. It holds each until the browser is done with it:
 * one that nobody refers to may be collected, with its messages.
 */
import { ChannelClosedError, ChannelLimitError } from '../errors.ts'
import { BrowserChannel } from './channel.ts'
import { Traffic } from './traffic.ts'
import type { BrowserChannelInit, ChannelOwner } from './channel.ts'
import type { Channel } from '../ports.ts'

export class ChannelSet {
  readonly traffic = new Traffic()
  private readonly owner: ChannelOwner
  private readonly channels = new Set<BrowserChannel>()
  private readonly openedHere = new Set<BrowserChannel>()

  // closed by the remote or the browser
  private readonly ended = new Map<BrowserChannel, Error | undefined>()
  private lastProvisionalId = 0

  constructor (owner: ChannelOwner) {
    this.owner = owner
  }

  /**
   * Whether neither end has closed it
   */
  isOpen (channel: Channel): boolean {
    return channel instanceof BrowserChannel && channel.isOpen && this.channels.has(channel) && !this.ended.has(channel)
  }

  /**
   * Whether all that are left are closed
   */
  get hasEnded (): boolean {
    return this.channels.size === this.ended.size
  }

  add (dc: RTCDataChannel, openedBy: BrowserChannelInit['openedBy'], onOpen?: () => void): BrowserChannel {
    // a browser may tell the id later, as Firefox did
    const channel = new BrowserChannel({ dc, owner: this.owner, id: dc.id ?? --this.lastProvisionalId, openedBy, onOpen })
    this.channels.add(channel)

    return channel
  }

  /**
   * Opens one, with the id that the browser chooses. Those that wait for the remote
   * to close them have one as well. The last id is left alone, as elsewhere
   * (`channel-opener.ts`).
   *
   * @throws {ChannelLimitError} if there are too many
   * @throws {ChannelClosedError} if the connection is closed
   */
  open (pc: RTCPeerConnection, maxId: number): { channel: BrowserChannel, dc: RTCDataChannel } {
    if (this.openedHere.size >= Math.floor(maxId / 2) - 1) {
      throw new ChannelLimitError(`All ids of data channels up to ${maxId} are in use`)
    }

    let dc: RTCDataChannel

    try {
      dc = pc.createDataChannel('')
    } catch (err: any) {
      throw err.name === 'OperationError' ? new ChannelLimitError(err.message) : new ChannelClosedError(err.message)
    }

    const channel = this.add(dc, 'here')
    this.openedHere.add(channel)

    return { channel, dc }
  }

  /**
   * The remote or the browser has closed the channel
   */
  onClosed (channel: BrowserChannel, err?: Error): void {
    this.ended.set(channel, err)
  }

  /**
   * The browser is done with the channel
   */
  release (channel: BrowserChannel): void {
    this.channels.delete(channel)
    this.openedHere.delete(channel)
    this.ended.delete(channel)
    this.traffic.forget(channel)
  }

  /**
   * The connection goes on without them
   */
  endClosed (): void {
    for (const [channel, err] of [...this.ended]) {
      channel.end('channel-closed', err)
    }
  }

  /**
   * The connection has ended, and all channels with it
   */
  endAll (err?: Error): void {
    this.channels.forEach(channel => { channel.end('connection-lost', err) })
  }

  mute (): void {
    this.channels.forEach(channel => { channel.mute() })
  }

  discard (): void {
    this.channels.forEach(channel => { channel.discard() })
  }
}
