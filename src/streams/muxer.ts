import { MuxerClosedError } from '@libp2p/interface'
import { AbstractStreamMuxer } from '@libp2p/utils'
import { raceSignal } from 'race-signal'
import { ChannelIdsUsedUpError, ChannelLimitError } from '../errors.ts'
import { FinAcks } from './fin-acks.ts'
import { ChannelIds } from './state/channel-ids.ts'
import { RemoteIds } from './state/remote-ids.ts'
import { WebRTCStream } from './stream.ts'
import type { StreamLimits } from '../options.ts'
import type { Channel, Peer } from '../ports.ts'
import type { AbortOptions, CreateStreamOptions, MessageStream, MessageStreamDirection, StreamMuxerFactory } from '@libp2p/interface'

/**
 * The name under which the muxer appears; it is never negotiated
 */
export const PROTOCOL = '/webrtc'

/**
 * How long the end that did not open a channel waits for the other to close
 * it, in ms. Closing it first makes some stacks lose the next stream with the
 * same id.
 */
const ACCEPTOR_CLOSE_DELAY = 10_000

/**
 * How long a remote that needs nothing more of a stream has to close its
 * channel before FIN is sent, in ms and beyond two round trips: go-libp2p does so
 * within one
 */
const FIN_DELAY = 100

/**
 * How often a waiting `createStream` looks whether an id has become free, in
 * ms: the stack does not tell
 */
const RETRY_INTERVAL = 50

/**
 * A connection whose ids are used up is closed when no stream is open and none
 * has been opened for so long, in ms: the remote is not told before, and what
 * it opens in that moment fails
 */
const QUIET = 100

/**
 * `/multistream/1.0.0` with its length, which every stream begins with
 */
const MULTISTREAM_HEADER = new TextEncoder().encode('\u0013/multistream/1.0.0\n')

/**
 * For what is in flight when the connection is closed: two round trips, within
 * these bounds, in ms; all of it where the remote acknowledges nothing
 */
const MIN_LINGER = 20
const MAX_LINGER = 1_000

export interface DataChannelMuxerInit extends StreamLimits {
  peer: Peer

  /**
   * Resolves when the remote takes channels; those that are asked for before
   * wait for it
   *
   * @default - from the beginning
   */
  remoteReady?: Promise<void>

  /**
   * The ids of the remote are used up and the streams are closed: it is time to
   * end the connection
   */
  onIdsUsedUp (err: ChannelIdsUsedUpError): void
}

interface Waiter {
  resolve (channel: Channel): void
  reject (err: Error): void
}

/**
 * Data channels as streams.
 *
 * Ids: see `channel-ids.ts`. Closing: the end that opened a channel closes it;
 * the other waits for that, and closes it too where it does not come.
 *
 * A remote whose ids run out (`remote-ids.ts`) is served on. The connection is
 * closed in the first moment in which no stream is open, and after
 * `streamOpenTimeout` at the latest.
 */
export class DataChannelMuxer extends AbstractStreamMuxer<WebRTCStream> {
  private readonly init: DataChannelMuxerInit
  private readonly peer: Peer
  private readonly ids: ChannelIds
  private readonly waiters = new Set<Waiter>()
  private retryTimer?: ReturnType<typeof setInterval>
  private inboundStreams = 0
  private readonly remoteIds: RemoteIds
  private readonly finAcks: FinAcks
  private retirementTimer?: ReturnType<typeof setInterval>
  private retired = false
  private mayOpen: boolean
  private lastOpened = 0

  // when the last stream ended
  private lastEnd = 0

  constructor (maConn: MessageStream, init: DataChannelMuxerInit) {
    super(maConn, {
      protocol: PROTOCOL,
      name: 'muxer',
      maxEarlyStreams: init.maxEarlyStreams
    })

    this.init = init
    this.peer = init.peer
    // who takes the very last id is taken for one that can't go on from there
    this.ids = new ChannelIds({ even: this.peer.opensEvenIds, maxId: this.peer.maxChannelId - 2 })
    this.remoteIds = new RemoteIds(this.peer.maxChannelId)
    this.finAcks = new FinAcks(() => this.peer.rtt(), () => { this.probe() })
    this.mayOpen = init.remoteReady == null

    void init.remoteReady?.then(() => {
      this.mayOpen = true
      this.serveWaiters()
    })
  }

  /**
   * A channel was opened by the remote
   */
  onChannel (channel: Channel): void {
    this.remoteIds.opened(channel.id)
    this.retireIfNeeded()

    if (this.retired) {
      // the remote shall see the end of the connection, not of this stream: it
      // knows then that another connection will do
      return
    }

    const stream = this.newStream(channel, 'inbound')

    if (this.status !== 'open') {
      stream.abort(new MuxerClosedError('The connection is closing'))
    } else if (channel.reliable === false) {
      stream.abort(new Error('The remote opened a data channel that may lose messages'))
    } else if (this.inboundStreams > this.init.maxInboundStreams) {
      stream.abort(new Error(`The remote opened more than ${this.init.maxInboundStreams} streams`))
    } else {
      this.onRemoteStream(stream)
    }
  }

  /**
   * @throws {ChannelLimitError} if no channel becomes free within
   * `streamOpenTimeout`
   */
  async onCreateStream (options: CreateStreamOptions = {}): Promise<WebRTCStream> {
    options.signal?.throwIfAborted()

    const channel = (this.waiters.size === 0 ? this.openChannel() : undefined) ?? await this.waitForChannel(options)

    return this.newStream(channel, 'outbound', options)
  }

  /**
   * How long the connection must stay so that what was sent last arrives, in
   * ms: closing it throws away what is in flight. Streams have been
   * acknowledged, our own last acknowledgements not.
   */
  linger (): number {
    const roundTrips = Math.min(Math.max((this.peer.rtt() ?? 0) * 2, MIN_LINGER), MAX_LINGER)

    return this.lastEnd + (this.finAcks.state === 'never' ? MAX_LINGER : roundTrips) - Date.now()
  }

  /**
   * Makes the remote show that it lives: every end of a stream answers the first
   * message of a negotiation with the same
   */
  private probe (): void {
    if (this.status !== 'open') {
      return
    }

    try {
      const channel = this.openChannel()

      if (channel != null) {
        const stream = this.newStream(channel, 'outbound')
        stream.addEventListener('message', () => { stream.abort(new Error('The remote has answered')) })
        stream.send(MULTISTREAM_HEADER)
      }
    } catch (err) {
      this.log('could not probe the remote - %e', err)
    }
  }

  private openChannel (): Channel | undefined {
    const id = this.mayOpen ? this.ids.next(Date.now()) : undefined

    if (id == null) {
      return
    }

    try {
      const channel = this.peer.openChannel(id === 'any' ? undefined : id)
      this.ids.opened(channel.id)

      return channel
    } catch (err) {
      if (err instanceof ChannelLimitError) {
        return
      }

      throw err
    }
  }

  private async waitForChannel (options: AbortOptions): Promise<Channel> {
    const { promise, resolve, reject } = Promise.withResolvers<Channel>()
    const waiter = { resolve, reject }
    const deadline = setTimeout(() => {
      reject(new ChannelLimitError(`All ${this.ids.capacity} data channels that the connection can hold in this direction are in use, and none became free within ${this.init.streamOpenTimeout} ms`))
    }, this.init.streamOpenTimeout)
    const onAbort = (): void => {
      reject(options.signal?.reason)
    }

    options.signal?.addEventListener('abort', onAbort)
    this.waiters.add(waiter)
    this.retryTimer ??= setInterval(() => { this.serveWaiters() }, RETRY_INTERVAL)

    try {
      return await promise
    } finally {
      clearTimeout(deadline)
      options.signal?.removeEventListener('abort', onAbort)
      this.waiters.delete(waiter)
      this.stopRetrying()
    }
  }

  private serveWaiters (): void {
    for (const waiter of this.waiters) {
      try {
        const channel = this.openChannel()

        if (channel == null) {
          return
        }

        waiter.resolve(channel)
      } catch (err: any) {
        waiter.reject(err)
      }

      this.waiters.delete(waiter)
    }
  }

  private stopRetrying (): void {
    if (this.waiters.size === 0) {
      clearInterval(this.retryTimer)
      this.retryTimer = undefined
    }
  }

  private newStream (channel: Channel, direction: MessageStreamDirection, options: CreateStreamOptions = {}): WebRTCStream {
    const outbound = direction === 'outbound'
    this.lastOpened = Date.now()

    const stream = new WebRTCStream({
      inactivityTimeout: options.inactivityTimeout ?? this.init.inactivityTimeout,
      maxReadBufferLength: options.maxReadBufferLength ?? this.init.maxReadBufferLength,
      maxWriteBufferLength: options.maxWriteBufferLength ?? this.init.maxWriteBufferLength,
      channel,
      direction,
      log: this.log.newScope(`${direction}:${channel.id}`),
      maxFrame: this.init.maxMessageSize,
      finAckTimeout: this.init.finAckTimeout,
      finAcks: this.finAcks,
      finDelay: () => FIN_DELAY + 2 * (this.peer.rtt() ?? 0),
      onEnded: () => {
        this.lastEnd = Date.now()

        if (outbound) {
          return this.ids.closeDelay()
        }

        // rust-libp2p, which does not acknowledge, leaves its channels open
        return this.finAcks.state === 'never' ? 0 : ACCEPTOR_CLOSE_DELAY
      },
      onChannelClosed: (by) => {
        if (outbound && by === 'remote') {
          this.ids.closedByRemote(channel.id, Date.now())
        } else if (outbound && by === 'here') {
          this.ids.closedHere(channel.id)
        } else if (!outbound) {
          this.remoteIds.closed()
          this.retireIfNeeded()
        }

        this.serveWaiters()
      }
    })

    if (!outbound) {
      this.inboundStreams++
      stream.addEventListener('close', () => { this.inboundStreams-- })
    }

    return stream
  }

  /**
   * Closes the connection as soon as it does not disturb, unless the remote
   * turns out to use ids again
   */
  private retireIfNeeded (): void {
    const { state } = this.remoteIds

    if (this.status !== 'open' || (state !== 'running-out' && state !== 'used-up')) {
      return
    }

    this.retired = state === 'used-up'

    if (this.retirementTimer != null) {
      return
    }

    const deadline = Date.now() + this.init.streamOpenTimeout
    this.log('the remote runs out of data channel ids, the connection will be closed')

    this.retirementTimer = setInterval(() => {
      const now = Date.now()
      const idle = this.streams.length === 0 && (this.retired || now - this.lastOpened >= QUIET)

      if (this.status !== 'open' || this.remoteIds.state === 'reuses') {
        this.stopRetiring()
      } else if (idle || now >= deadline) {
        void this.closeAndRetire()
      }
    }, QUIET / 5)
  }

  private async closeAndRetire (): Promise<void> {
    this.retired = true
    await this.close({ signal: AbortSignal.timeout(this.init.finAckTimeout) })
    this.init.onIdsUsedUp(new ChannelIdsUsedUpError('The remote opened every stream with a new data channel id, and the connection has none left for it'))
  }

  private stopRetiring (): void {
    clearInterval(this.retirementTimer)
    this.retirementTimer = undefined
  }

  onData (): void {
    // the connection carries no bytes of its own
  }

  /**
   * Closes every stream, and does not let one that can't be closed keep the
   * others open: such a stream has been reset.
   */
  async close (options?: AbortOptions): Promise<void> {
    if (this.status !== 'open') {
      return
    }

    this.status = 'closing'
    this.rejectWaiters()
    this.stopRetiring()

    await Promise.all(this.streams.map(async stream => {
      await stream.close(options).catch(err => {
        this.log('could not close stream %s gracefully - %e', stream.id, err)
      })
    }))

    if (this.finAcks.state === 'never') {
      await this.streamsEnded(options)
    }

    this.status = 'closed'
  }

  /**
   * A remote that does not acknowledge shows only by its own end of a stream
   * that it has had everything
   */
  private async streamsEnded (options?: AbortOptions): Promise<void> {
    const deadline = AbortSignal.timeout(this.init.finAckTimeout)
    const signal = options?.signal == null ? deadline : AbortSignal.any([options.signal, deadline])
    const ended = this.streams.map(async stream => new Promise(resolve => {
      stream.addEventListener('close', resolve, { once: true })
    }))

    await raceSignal(Promise.all(ended), signal).catch(() => {
      this.log('%d streams had no end when the connection was closed', this.streams.length)
    })
  }

  abort (err: Error): void {
    this.rejectWaiters()
    this.stopRetiring()
    super.abort(err)
  }

  onTransportClosed (): void {
    this.status = 'closing'
    this.rejectWaiters()
    this.stopRetiring()

    for (const stream of [...this.streams]) {
      stream.onConnectionLost()
    }

    this.status = 'closed'
  }

  private rejectWaiters (): void {
    for (const waiter of this.waiters) {
      waiter.reject(new MuxerClosedError('The connection is closing'))
    }
  }
}

/**
 * Makes the muxer of one connection, and holds the channels that the remote
 * opens before it is made: it may do so as soon as the Noise handshake is over
 * at its end.
 */
export class DataChannelMuxerFactory implements StreamMuxerFactory {
  readonly protocol = PROTOCOL
  private readonly init: DataChannelMuxerInit
  private early: Channel[] = []
  private muxer?: DataChannelMuxer

  constructor (init: DataChannelMuxerInit) {
    this.init = init
  }

  /**
   * See {@link DataChannelMuxer}
   */
  linger (): number {
    return this.muxer?.linger() ?? 0
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
    const muxer = new DataChannelMuxer(maConn, this.init)
    this.muxer = muxer

    for (const channel of this.early) {
      muxer.onChannel(channel)
    }

    this.early = []

    return muxer
  }
}
