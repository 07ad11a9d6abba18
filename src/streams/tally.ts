/**
 * What the streams of a connection have done, for those who ask: counted where it
 * happens, and looked at now and then.
 */

import type { AbstractStream } from '@libp2p/utils'

/**
 * - `open`: data goes both ways
 * - `half-closed`: one way, or an acknowledgement of the end is awaited
 * - `closing`: the stream has ended, and its channel is left
 */
export type ChannelState = 'open' | 'half-closed' | 'closing'

/**
 * What the channels of a connection are and hold now
 */
export interface ChannelUse {
  readonly channels: Record<ChannelState, number>

  /**
   * Bytes that were written and wait for the network
   */
  readonly buffered: number

  /**
   * Bytes that have arrived and were not read
   */
  readonly unread: number
}

interface Present {
  readonly channelState: ChannelState
  readonly bufferedLength: number
  readonly unreadLength: number
}

/**
 * How waiting for a FIN_ACK can end:
 *
 * - `received`
 * - `waived`: the remote acknowledges nothing (`fin-acks.ts`)
 * - `timeout`: it has not come in time
 * - `ended`: the stream, its channel or the connection has ended before
 */
export type FinAckOutcome = 'received' | 'waived' | 'timeout' | 'ended'

/**
 * Is told of what is too rare, and too different, to be a count
 */
export interface StreamObserver {
  /**
   * The streams of an application that end early, with the error that says why
   */
  onReset (err: Error, by: 'here' | 'remote'): void

  /**
   * A stream that has sent FIN waits no longer. It did for so long, in ms.
   */
  onFinAck (outcome: FinAckOutcome, wait: number): void
}

/**
 * Bytes are those of frames with their prefixes, which are the messages of data
 * channels; those that were sent have been handed to a channel.
 */
export class Tally {
  bytesSent = 0
  framesSent = 0
  bytesReceived = 0
  framesReceived = 0
}

/**
 * The streams of a connection whose channels are there still: some of them have ended
 */
export class PresentStreams<S extends Present = Present> {
  private readonly streams = new Set<S>()

  all (): S[] {
    return [...this.streams]
  }

  add (stream: S): void {
    this.streams.add(stream)
  }

  delete (stream: S): void {
    this.streams.delete(stream)
  }

  use (): ChannelUse {
    const channels = { open: 0, 'half-closed': 0, closing: 0 }
    let buffered = 0
    let unread = 0

    for (const stream of this.streams) {
      channels[stream.channelState]++
      buffered += stream.bufferedLength
      unread += stream.unreadLength
    }

    return { channels, buffered, unread }
  }
}

export function observeResets (stream: Pick<AbstractStream, 'addEventListener'>, observer?: StreamObserver): void {
  if (observer != null) {
    stream.addEventListener('close', ({ error, local }) => {
      if (error != null) {
        observer.onReset(error, local === true ? 'here' : 'remote')
      }
    })
  }
}
