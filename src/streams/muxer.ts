import { MuxerClosedError } from '@libp2p/interface'
import { AbstractStreamMuxer } from '@libp2p/utils'
import { raceSignal } from 'race-signal'
import { soon, systemClock } from '../clock.ts'
import { ChannelIdsUsedUpError, ConnectionLostError, InboundStreamLimitError, UnreliableChannelError } from '../errors.ts'
import { isJsLibp2p } from './agent.ts'
import { ChannelOpener } from './channel-opener.ts'
import { FinAcks } from './fin-acks.ts'
import { AcceptedProtocols } from './first-flight.ts'
import { Heartbeats } from './heartbeats.ts'
import { LastQuestion } from './last-question.ts'
import { NudgeCarrier } from './nudge-carrier.ts'
import { Nudge } from './nudge.ts'
import { Pace } from './pace.ts'
import { ask, askForEmptyFrames } from './question.ts'
import { RemoteHabits } from './remote-habits.ts'
import { Retirement } from './retirement.ts'
import { Scopes } from './scopes.ts'
import { Silence, trafficOf } from './silence.ts'
import { LeftOpen } from './state/left-open.ts'
import { UnreadChannels } from './state/unread-channels.ts'
import { WebRTCStream } from './stream.ts'
import { observeResets, PresentStreams, Tally } from './tally.ts'
import { UnreadLimit } from './unread.ts'
import type { FrameSize } from './frame-size.ts'
import type { DataChannelMuxerInit } from './muxer-init.ts'
import type { Clock } from '../clock.ts'
import type { Channel, Peer } from '../ports.ts'
import type { AbortOptions, CreateStreamOptions, IdentifyResult, MessageStream, MessageStreamDirection } from '@libp2p/interface'

export type Remote = Pick<IdentifyResult, 'protocols' | 'agentVersion'>

/**
 * The name under which the muxer appears; it is never negotiated
 */
export const PROTOCOL = '/webrtc'

/**
 * How long a remote that needs nothing more of a stream has to close its
 * channel before FIN is sent, in ms and beyond two round trips: go-libp2p does so
 * within one
 */
const FIN_DELAY = 100

/**
 * How long what was sent last may be in flight when the connection is closed: two
 * round trips, in ms at least; where the path is longer than a local one, so much more
 * for a retransmission; where the remote acknowledges nothing, that and so much more to
 * read what has arrived
 */
const MIN_LINGER = 20
const LOCAL_ROUND_TRIP = 5
const RETRANSMISSION = 200
const READING = 500

interface StreamOptions extends CreateStreamOptions {
  /**
   * Whether it only asks the remote something: what goes over it is no reason to ask
   * again
   */
  isQuestion?: boolean
}

/**
 * Data channels as streams.
 *
 * The end that opened a channel closes it; the other waits for that, and closes
 * it too where it does not come.
 */
export class DataChannelMuxer extends AbstractStreamMuxer<WebRTCStream> {
  private readonly init: DataChannelMuxerInit
  private readonly peer: Peer
  private readonly clock: Clock
  private readonly opener: ChannelOpener
  private readonly retirement: Retirement
  private readonly finAcks: FinAcks
  private readonly pace: Pace
  private readonly silence: Silence
  private readonly nudge: Nudge
  private readonly nudgeCarrier: NudgeCarrier
  private readonly lastQuestion: LastQuestion
  private readonly heartbeats?: Heartbeats
  private readonly unreadLimit: UnreadLimit
  private readonly scopes = new Scopes(this.log)
  private readonly frameSize: FrameSize
  private readonly accepted = new AcceptedProtocols()

  // what identify has told
  private spoken = new AcceptedProtocols()
  private readonly habits = new RemoteHabits()
  private readonly leftOpen = new LeftOpen()
  private readonly unreadChannels: UnreadChannels
  private readonly tally: Tally
  readonly present = new PresentStreams<WebRTCStream>()
  private inboundStreams = 0
  private lastOpened = 0

  // when the last stream ended
  private lastEnd = 0

  constructor (maConn: MessageStream, init: DataChannelMuxerInit, frameSize: FrameSize) {
    super(maConn, {
      protocol: PROTOCOL,
      name: 'muxer',
      maxEarlyStreams: init.maxEarlyStreams
    })

    this.init = init
    this.peer = init.peer
    this.frameSize = frameSize
    this.tally = init.tally ?? new Tally()
    this.clock = init.clock ?? systemClock
    this.pace = new Pace({
      clock: this.clock,
      peer: this.peer,
      onStalled: (silence) => { this.onStalled(new ConnectionLostError(silence)) },

      // a stream is in the middle of sending
      ask: (onAnswer) => { soon(() => { this.probe(onAnswer) }) }
    })
    this.silence = new Silence(this.clock, () => trafficOf(this.peer))
    this.lastQuestion = new LastQuestion({
      clock: this.clock,
      peer: this.peer,
      timeout: init.finAckTimeout,
      ask: (onAnswer) => this.probe(onAnswer),
      onUnanswered: (err) => { this.onStalled(err) }
    })

    if (!this.peer.noticesSilence) {
      this.heartbeats = new Heartbeats({
        clock: this.clock,
        peer: this.peer,
        onMissed: (silence) => { this.lastQuestion.ask(silence) }
      })
    }

    this.unreadChannels = new UnreadChannels(this.peer.maxChannelId)
    this.unreadLimit = new UnreadLimit(init.maxConnectionReadBufferLength)
    this.opener = new ChannelOpener({ ...init, clock: this.clock, acceptsMany: () => this.finAcks.state === 'sent' })
    this.finAcks = new FinAcks({
      clock: this.clock,
      rtt: () => this.peer.rtt(),
      backlog: () => this.pace.backlog(),
      sendBufferSize: this.peer.sendBufferSize,
      bytesReceived: () => this.peer.bytesReceived(),
      afterSilence: (callback) => this.silence.after(init.finAckTimeout / 2, callback),
      probe: () => { this.probe() }
    })
    this.nudge = new Nudge({
      clock: this.clock,
      rtt: () => this.peer.rtt(),
      nudge: (isFirst, arrived) => this.nudgeCarrier.nudge(isFirst, arrived)
    })
    this.nudgeCarrier = new NudgeCarrier({
      clock: this.clock,
      interval: 2 * init.finAckTimeout,
      streams: () => this.streams,
      isOurs: () => this.habits.state === 'together',
      nudge: (channel) => { this.peer.nudge(channel) },
      ask: () => { this.probe() },
      askForEmptyFrames: (onAnswer) => {
        this.openQuestion((channel, stream) => { askForEmptyFrames(channel, stream, onAnswer) })
      }
    })
    this.retirement = new Retirement({
      clock: this.clock,
      maxChannelId: this.peer.maxChannelId,
      patience: init.streamOpenTimeout,
      openStreams: () => this.streams.length,
      lastOpened: () => this.lastOpened,
      onDue: () => { void this.retire() }
    })
  }

  /**
   * A channel was opened by the remote
   */
  onChannel (channel: Channel): void {
    this.retirement.opened(channel.id)

    if (this.retirement.isDue) {
      // the remote shall see the end of the connection, not of this stream: it
      // knows then that another connection will do
      return
    }

    const stream = this.newStream(channel, 'inbound')
    observeResets(stream, this.init.observer)

    if (this.status !== 'open') {
      stream.abort(new MuxerClosedError('The connection is closing'))
    } else if (channel.reliable === false) {
      stream.abort(new UnreliableChannelError('The remote opened a data channel that may lose messages'))
    } else if (this.inboundStreams > this.init.maxInboundStreams) {
      stream.abort(new InboundStreamLimitError(`The remote opened more than ${this.init.maxInboundStreams} streams`))
    } else {
      this.onRemoteStream(stream)
    }
  }

  /**
   * @throws {ChannelLimitError} if no channel becomes free within
   * `streamOpenTimeout`
   * @throws {MuxerClosedError} if the connection closes meanwhile
   */
  async createStream (options?: CreateStreamOptions): Promise<WebRTCStream> {
    const stream = await super.createStream(options)

    if (this.status === 'open') {
      return stream
    }

    // it came too late to be closed with the others
    const err = new MuxerClosedError('The connection is closing')
    stream.abort(err)
    this.streams = this.streams.filter(other => other !== stream)

    if (this.maConn.status !== 'closing') {
      // nor does its channel get to know
      stream.onConnectionLost()
    }

    throw err
  }

  async onCreateStream (options: CreateStreamOptions = {}): Promise<WebRTCStream> {
    const channel = await this.opener.open(options)
    const stream = this.newStream(channel, 'outbound', options)
    observeResets(stream, this.init.observer)

    if (options.protocol != null && this.isAccepted(options.protocol)) {
      stream.assume(options.protocol)
    }

    return stream
  }

  /**
   * Identify has told what the remote is, and all protocols that it speaks
   */
  remoteIs ({ protocols, agentVersion }: Remote): void {
    this.spoken = new AcceptedProtocols()
    protocols.forEach(protocol => { this.spoken.add(protocol) })

    if (isJsLibp2p(agentVersion)) {
      this.frameSize.allow()
      this.peer.allowEmptyFrames?.()
      this.nudgeCarrier.takesHandshakeFrames()
    }
  }

  private isAccepted (protocol: string): boolean {
    return this.accepted.has(protocol) || (this.habits.takesBundles && this.spoken.has(protocol))
  }

  /**
   * How long the connection must stay so that what was sent last arrives, in
   * ms: closing it throws away what is in flight. Streams have been
   * acknowledged, our own last acknowledgements not.
   */
  linger (): number {
    const rtt = this.peer.rtt() ?? 0
    const acknowledges = this.finAcks.state !== 'never'
    const retransmission = rtt >= LOCAL_ROUND_TRIP || !acknowledges ? RETRANSMISSION : 0
    const reading = acknowledges ? 0 : READING

    return this.lastEnd + Math.max(2 * rtt, MIN_LINGER) + retransmission + reading - this.clock.now()
  }

  /**
   * Makes the remote show that it lives. Returns whether there is a channel for that.
   */
  private probe (onAnswer?: () => void): boolean {
    return this.openQuestion((channel, stream) => { ask(channel, stream, onAnswer) })
  }

  /**
   * Opens a stream to ask something with. Returns whether there is a channel for that.
   */
  private openQuestion (begin: (channel: Channel, stream: WebRTCStream) => void): boolean {
    try {
      const channel = this.status === 'closed' ? undefined : this.opener.tryOpen()

      if (channel != null) {
        begin(channel, this.newStream(channel, 'outbound', { isQuestion: true }))
      }

      return channel != null
    } catch (err) {
      this.log('could not ask the remote - %e', err)

      return false
    }
  }

  private newStream (channel: Channel, direction: MessageStreamDirection, options: StreamOptions = {}): WebRTCStream {
    const outbound = direction === 'outbound'
    this.lastOpened = this.clock.now()

    const stream = new WebRTCStream({
      inactivityTimeout: options.inactivityTimeout ?? this.init.inactivityTimeout ?? Infinity,
      maxReadBufferLength: options.maxReadBufferLength ?? this.init.maxReadBufferLength,
      maxWriteBufferLength: options.maxWriteBufferLength ?? this.init.maxWriteBufferLength,
      channel,
      clock: this.clock,
      pace: this.pace,
      silence: this.silence,
      unreadLimit: this.unreadLimit,
      negotiates: this.init.negotiates,
      direction,
      log: this.scopes.get(`${direction}:${channel.id}`),
      frameSize: this.frameSize,
      tally: this.tally,
      habits: this.habits,
      nudge: options.isQuestion === true ? undefined : this.nudge,
      onFinAck: this.init.observer?.onFinAck,
      finAckTimeout: this.init.finAckTimeout,
      finAcks: this.finAcks,
      finDelay: () => FIN_DELAY + 2 * (this.peer.rtt() ?? 0),
      onEnded: (isReset) => {
        this.lastEnd = this.clock.now()

        const acknowledges = this.finAcks.state !== 'never'
        const unread = acknowledges || isReset ? 0 : this.unreadChannels.closeDelay(channel.id)

        if (outbound) {
          return Math.max(unread, this.opener.ids.closeDelay(channel.id, isReset))
        }

        return acknowledges ? this.leftOpen.closeDelay(channel.id, this.lastEnd, this.peer.rtt() ?? 0) : unread
      },
      onFinAckMissing: () => { this.lastQuestion.ask(this.init.finAckTimeout) },
      onHeard: outbound ? () => { this.opener.answered(channel.id) } : undefined,
      onChannelClosed: (by) => {
        this.present.delete(stream)
        this.opener.answered(channel.id)
        this.unreadChannels.closed(channel.id)

        if (!outbound) {
          this.leftOpen.closed(channel.id, by)
          this.retirement.closed()
        } else if (by === 'remote') {
          this.opener.ids.closedByRemote(channel.id, this.clock.now())
        } else if (by === 'here') {
          this.opener.ids.closedHere(channel.id)
        }

        this.opener.serve()
      }
    })

    this.present.add(stream)

    if (outbound) {
      stream.addEventListener('close', ({ error }) => { this.remember(stream, error) })
    } else {
      this.inboundStreams++
      stream.addEventListener('close', () => { this.inboundStreams-- })
    }

    return stream
  }

  /**
   * What the remote has accepted once it will accept again, until it does not
   */
  private remember ({ protocol, negotiatesByMessage }: WebRTCStream, error?: Error): void {
    if (error?.name === 'UnsupportedProtocolError') {
      this.accepted.delete(protocol)
      this.spoken.delete(protocol)
    } else if (protocol !== '' && error == null && negotiatesByMessage === false) {
      this.accepted.add(protocol)
    }
  }

  private onStalled (err: ConnectionLostError): void {
    this.abort(err)
    this.init.onLost?.(err)
  }

  private async retire (): Promise<void> {
    await this.close()
    this.init.onIdsUsedUp(new ChannelIdsUsedUpError('The remote opened every stream with a new data channel id, and the connection has none left for it'))
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
    this.openNoMore()
    this.finAcks.hurry()

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
    const silent = Promise.withResolvers<void>()
    const cancel = this.silence.after(this.init.finAckTimeout, silent.resolve)
    const ended = this.streams.map(async stream => new Promise(resolve => {
      stream.addEventListener('close', resolve, { once: true })
    }))

    try {
      await raceSignal(Promise.race([Promise.all(ended), silent.promise]), options?.signal)
    } catch {
      // the signal was aborted
    } finally {
      cancel()
    }

    if (this.streams.length > 0) {
      this.log('%d streams had no end when the connection was closed', this.streams.length)
    }
  }

  abort (err: Error): void {
    this.openNoMore()
    this.nudge.stop()
    super.abort(err)
  }

  onTransportClosed (): void {
    this.status = 'closing'
    this.openNoMore()

    for (const stream of this.present.all()) {
      stream.onConnectionLost()
    }

    this.pace.stop()
    this.nudge.stop()

    this.status = 'closed'
  }

  private openNoMore (): void {
    this.opener.stop(new MuxerClosedError('The connection is closing'))
    this.retirement.stop()
    this.lastQuestion.stop()
    this.heartbeats?.stop()
  }
}
