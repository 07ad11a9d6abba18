import { ChannelLimitError } from '../errors.ts'
import { ChannelIds } from './state/channel-ids.ts'
import type { Clock } from '../clock.ts'
import type { Channel, Peer } from '../ports.ts'
import type { AbortOptions } from '@libp2p/interface'

/**
 * How often somebody who waits looks whether an id has become free, in ms: the
 * stack does not tell
 */
const RETRY_INTERVAL = 50

/**
 * How many channels may be open that the remote has not answered on, as long as it
 * may be one that closes what it can't accept at once: rust-libp2p keeps ten
 */
const MAX_UNANSWERED = 8

export interface ChannelOpenerInit {
  peer: Peer
  clock: Clock

  /**
   * How long to wait for a free channel, in ms
   */
  streamOpenTimeout: number

  /**
   * Resolves when the remote takes channels
   *
   * @default - from the beginning
   */
  remoteReady?: Promise<void>

  /**
   * Whether the remote has shown that it accepts as many channels as there are
   */
  acceptsMany (): boolean
}

interface Waiter {
  resolve (channel: Channel): void
  reject (err: Error): void
}

/**
 * Opens channels, in the order in which they are asked for, as ids are free (see
 * `channel-ids.ts`) and the remote is ready for them
 */
export class ChannelOpener {
  readonly ids: ChannelIds
  private readonly peer: Peer
  private readonly clock: Clock
  private readonly streamOpenTimeout: number
  private readonly waiters = new Set<Waiter>()
  private cancelRetry?: () => void
  private remoteIsReady: boolean
  private readonly acceptsMany: () => boolean
  private readonly unanswered = new Set<number>()

  constructor (init: ChannelOpenerInit) {
    this.peer = init.peer
    this.clock = init.clock
    this.streamOpenTimeout = init.streamOpenTimeout
    this.remoteIsReady = init.remoteReady == null
    this.acceptsMany = init.acceptsMany

    // who takes the very last id is taken for one that can't go on from there
    this.ids = new ChannelIds({
      even: this.peer.opensEvenIds,
      maxId: this.peer.maxChannelId - 2,
      chosenByStack: this.peer.choosesIds
    })

    void init.remoteReady?.then(() => {
      this.remoteIsReady = true
      this.serve()
    })
  }

  /**
   * @throws {ChannelLimitError} if no channel becomes free within
   * `streamOpenTimeout`
   */
  async open (options: AbortOptions = {}): Promise<Channel> {
    options.signal?.throwIfAborted()

    return (this.waiters.size === 0 ? this.tryOpen() : undefined) ?? this.wait(options)
  }

  /**
   * Opens a channel if that can be done at once
   */
  tryOpen (): Channel | undefined {
    const id = this.remoteIsReady && !this.mustWaitForAnswers() ? this.ids.next(this.clock.now()) : undefined

    if (id == null) {
      return
    }

    try {
      const channel = this.peer.openChannel(id === 'any' ? undefined : id)
      this.ids.opened(channel.id)
      this.unanswered.add(channel.id)

      return channel
    } catch (err) {
      if (err instanceof ChannelLimitError) {
        return
      }

      throw err
    }
  }

  private mustWaitForAnswers (): boolean {
    return this.unanswered.size >= MAX_UNANSWERED && !this.acceptsMany()
  }

  /**
   * The remote has sent something on a channel that was opened from here, or the
   * channel is closed
   */
  answered (id: number): void {
    if (this.unanswered.delete(id)) {
      this.serve()
    }
  }

  private async wait ({ signal }: AbortOptions): Promise<Channel> {
    const { promise, resolve, reject } = Promise.withResolvers<Channel>()

    // whoever waits no more may not be given a channel
    const waiter: Waiter = {
      resolve,
      reject: (err) => {
        this.waiters.delete(waiter)
        reject(err)
      }
    }
    const onAbort = (): void => { waiter.reject(signal?.reason) }
    const cancel = this.clock.after(this.streamOpenTimeout, () => {
      waiter.reject(new ChannelLimitError(this.mustWaitForAnswers()
        ? `The remote did not answer on ${this.unanswered.size} data channels within ${this.streamOpenTimeout} ms, and may accept no more before it does`
        : `All ${this.ids.capacity} data channels that the connection can hold in this direction are in use, and none became free within ${this.streamOpenTimeout} ms`))
    })

    this.waiters.add(waiter)
    signal?.addEventListener('abort', onAbort)
    this.retry()

    try {
      return await promise
    } finally {
      cancel()
      signal?.removeEventListener('abort', onAbort)
    }
  }

  private retry (): void {
    this.cancelRetry ??= this.clock.after(RETRY_INTERVAL, () => {
      this.cancelRetry = undefined
      this.serve()

      if (this.waiters.size > 0) {
        this.retry()
      }
    })
  }

  /**
   * A channel may have become free
   */
  serve (): void {
    for (const waiter of this.waiters) {
      try {
        const channel = this.tryOpen()

        if (channel == null) {
          return
        }

        this.waiters.delete(waiter)
        waiter.resolve(channel)
      } catch (err: any) {
        waiter.reject(err)
      }
    }
  }

  /**
   * Lets nobody wait any longer
   */
  stop (err: Error): void {
    for (const waiter of this.waiters) {
      waiter.reject(err)
    }

    this.cancelRetry?.()
    this.cancelRetry = undefined
  }
}
