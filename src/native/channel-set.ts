/**
 * The channels of a connection.
 *
 * The stack gives the id of a channel that the remote has closed to the next one
 * at once, while the remote may not be done with it, and then the stream is lost.
 * So no channel is opened with an id of the stack's choice until it was told of
 * what is closed.
 */
import { ChannelClosedError, ChannelLimitError } from '../errors.ts'
import { NativeChannel } from './channel.ts'
import { unwatchChannel, watchChannel } from './sweep.ts'
import type { ChannelOwner } from './channel.ts'
import type { Channel } from '../ports.ts'
import type { DataChannel, PeerConnection } from 'node-datachannel'

export class ChannelSet {
  private readonly native: PeerConnection
  private readonly owner: ChannelOwner
  private readonly channels = new Set<NativeChannel>()

  constructor (native: PeerConnection, owner: ChannelOwner) {
    this.native = native
    this.owner = owner
  }

  get size (): number {
    return this.channels.size
  }

  has (channel: Channel): boolean {
    return channel instanceof NativeChannel && this.channels.has(channel)
  }

  add (channel: NativeChannel): void {
    this.channels.add(channel)
    watchChannel(channel)
  }

  delete (channel: NativeChannel): void {
    this.channels.delete(channel)
    unwatchChannel(channel)
  }

  /**
   * Opens one, with an id that the stack chooses if none is given
   *
   * @throws {ChannelLimitError}
   * @throws {ChannelClosedError}
   */
  open (id?: number): NativeChannel {
    if (id == null && this.some(channel => channel.hasJustClosed())) {
      throw new ChannelLimitError('The remote has just closed a channel, and the stack would take its id')
    }

    let native: DataChannel
    let channel: NativeChannel

    try {
      native = this.native.createDataChannel('', id == null ? {} : { id })
      channel = new NativeChannel({ native, owner: this.owner, openedBy: 'here' })
    } catch (err: any) {
      if (/too many|too high/i.test(err.message)) {
        throw new ChannelLimitError(err.message)
      }

      throw new ChannelClosedError(err.message)
    }

    if (id == null && this.some(other => other.id === channel.id)) {
      channel.close()
      throw new ChannelLimitError('The remote has just closed a channel, and the stack took its id')
    }

    this.add(channel)

    return channel
  }

  some (predicate: (channel: NativeChannel) => boolean): boolean {
    for (const channel of this.channels) {
      if (predicate(channel)) {
        return true
      }
    }

    return false
  }

  forEach (fn: (channel: NativeChannel) => void): void {
    this.channels.forEach(fn)
  }
}
