import { FrameSize } from './frame-size.ts'
import { DataChannelMuxer, PROTOCOL } from './muxer.ts'
import { PresentStreams } from './tally.ts'
import type { DataChannelMuxerInit } from './muxer-init.ts'
import type { Remote } from './muxer.ts'
import type { ChannelUse } from './tally.ts'
import type { Channel } from '../ports.ts'
import type { MessageStream, StreamMuxerFactory } from '@libp2p/interface'

/**
 * Makes the muxer of one connection, and holds the channels that the remote
 * opens before it is made: it may do so as soon as the Noise handshake is over
 * at its end.
 */
export class DataChannelMuxerFactory implements StreamMuxerFactory {
  readonly protocol = PROTOCOL
  private readonly init: DataChannelMuxerInit
  private readonly frameSize: FrameSize
  private early: Channel[] = []
  private muxer?: DataChannelMuxer

  constructor (init: DataChannelMuxerInit) {
    this.init = init
    this.frameSize = new FrameSize(init.peer.maxChunkSize, init.maxMessageSize)
  }

  /**
   * See {@link DataChannelMuxer}
   */
  linger (): number {
    return this.muxer?.linger() ?? 0
  }

  /**
   * See {@link PresentStreams}
   */
  use (): ChannelUse {
    return (this.muxer?.present ?? new PresentStreams()).use()
  }

  /**
   * See {@link DataChannelMuxer}
   */
  remoteIs (remote: Remote): void {
    this.muxer?.remoteIs(remote)
  }

  /**
   * How long messages may be, in bytes
   */
  get maxMessageSize (): number {
    return this.frameSize.maxMessage
  }

  onChannel (channel: Channel): void {
    if (this.muxer != null) {
      this.muxer.onChannel(channel)
    } else if (this.early.length < this.init.maxEarlyStreams) {
      this.early.push(channel)
    } else {
      channel.close()
    }
  }

  createStreamMuxer (maConn: MessageStream): DataChannelMuxer {
    const muxer = new DataChannelMuxer(maConn, this.init, this.frameSize)
    this.muxer = muxer

    for (const channel of this.early) {
      muxer.onChannel(channel)
    }

    this.early = []

    if (maConn.status !== 'open') {
      // nobody would tell it: the connection has ended while libp2p was deciding
      muxer.onTransportClosed()
    }

    return muxer
  }
}
