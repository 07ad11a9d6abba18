/**
 * What the transport tells through the `metrics` of the node. `docs/metrics.md` has
 * the table of names and labels.
 *
 * What happens often is counted by the streams (`Tally`), and read when somebody asks:
 * the counters get it then, behind a gauge that is registered before them.
 */
import { Tally } from './streams/tally.ts'
import type { SetupPhase } from './errors.ts'
import type { Reason } from './set-ups.ts'
import type { SetupRecorder } from './setup-watch.ts'
import type { ChannelUse, FinAckOutcome, StreamObserver } from './streams/tally.ts'
import type { CounterGroup, HistogramGroup, MessageStreamDirection, Metrics } from '@libp2p/interface'

const PREFIX = 'libp2p_webrtc_direct_'

/**
 * In seconds
 */
const SETUP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const FIN_ACK_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60]

const PHASES: SetupPhase[] = ['address', 'ice', 'dtls', 'sctp', 'noise', 'upgrade']
const OUTCOMES = ['connected', 'failed', 'timeout', 'aborted'] as const
const VERDICTS: Reason[] = ['accept', 'duplicate', 'ended', 'later', 'full', 'malformed', 'displaced', 'denied', 'limit']

/**
 * The names of errors that are labels. A label has few values, and anybody can
 * abort a stream with an error of any name.
 */
const REASONS = [
  'AbortError', 'ChannelClosedError', 'ChannelIdsUsedUpError', 'ConnectionClosedError', 'ConnectionLostError',
  'FinAckTimeoutError', 'FramingError', 'InactivityTimeoutError', 'InboundStreamLimitError', 'MuxerClosedError',
  'StopSendingError', 'StreamBufferError', 'StreamResetError', 'StreamStateError',
  'StreamViolationError', 'TimeoutError', 'UnreadLimitError', 'UnreliableChannelError', 'UnsupportedProtocolError'
]
const OTHER = 'other'

type Setup = 'dial' | 'accept'

/**
 * A connection, as it is looked at when somebody asks
 */
export interface ObservedConnection {
  readonly direction: MessageStreamDirection
  readonly tally: Tally
  use (): ChannelUse
}

export class TransportMetrics implements StreamObserver {
  readonly requests: CounterGroup<Reason>
  private readonly setups: Record<Setup, { outcomes: CounterGroup, failures: CounterGroup, phases: HistogramGroup }>
  private readonly setupTime: HistogramGroup<Setup>
  private readonly ends: CounterGroup
  private readonly bytes: CounterGroup
  private readonly frames: CounterGroup
  private readonly resets: CounterGroup
  private readonly remoteResets: CounterGroup
  private readonly finAcks: HistogramGroup<FinAckOutcome>
  private readonly running = { dial: 0, accept: 0 }
  private readonly connections = new Set<ObservedConnection>()

  // of connections that are closed, and what the counters have been told
  private readonly closed = new Tally()
  private readonly told = new Tally()

  constructor (metrics: Metrics) {
    const counters = (name: string, label: string, help: string, values: readonly string[]): CounterGroup => {
      const group = metrics.registerCounterGroup(`${PREFIX}${name}`, { label, help })

      // a rate needs to know that there was nothing before
      group.increment(Object.fromEntries(values.map(value => [value, 0])))

      return group
    }
    const histograms = (name: string, label: string, help: string, buckets: number[]): HistogramGroup =>
      metrics.registerHistogramGroup(`${PREFIX}${name}`, { label, help, buckets })

    metrics.registerMetricGroup(`${PREFIX}connections`, {
      label: 'state',
      help: 'Connections there are now: those that are dialed and accepted, and those that libp2p has',
      calculate: () => {
        this.flush()

        return this.countConnections()
      }
    })
    metrics.registerMetricGroup(`${PREFIX}channels`, {
      label: 'state',
      help: 'Data channels there are now',
      calculate: () => this.total(({ channels }) => channels)
    })
    metrics.registerMetricGroup(`${PREFIX}buffered_bytes`, {
      label: 'kind',
      help: 'Bytes that wait now: written and not sent, or received and not read',
      calculate: () => this.total(({ buffered: unsent, unread }) => ({ unsent, unread }))
    })

    const setup = (name: Setup): TransportMetrics['setups'][Setup] => ({
      outcomes: counters(`${name}s_total`, 'outcome', `What became of ${name}s`, OUTCOMES),
      failures: counters(`${name}_failures_total`, 'phase', `In which phase ${name}s have failed`, PHASES),
      phases: histograms(`${name}_phase_seconds`, 'phase', `How long the phases of ${name}s took that were completed`, SETUP_BUCKETS)
    })

    this.requests = counters('listener_requests_total', 'verdict', 'What became of STUN requests that belong to no connection', VERDICTS)
    this.setups = { dial: setup('dial'), accept: setup('accept') }
    this.setupTime = histograms('setup_seconds', 'setup', 'How long it took to set up connections', SETUP_BUCKETS)
    this.ends = counters('connection_ends_total', 'reason', 'How connections have ended', ['here', 'remote'])
    this.bytes = counters('bytes_total', 'direction', 'Bytes of frames on data channels', ['sent', 'received'])
    this.frames = counters('frames_total', 'direction', 'Frames on data channels', ['sent', 'received'])
    this.resets = counters('stream_resets_total', 'reason', 'Streams that were reset from here', [...REASONS, OTHER])
    this.remoteResets = counters('remote_stream_resets_total', 'reason', 'Streams that were reset by the remote, or with the connection', ['StreamResetError', 'ConnectionLostError'])
    this.finAcks = histograms('fin_ack_wait_seconds', 'outcome', 'How long ends of streams were not acknowledged', FIN_ACK_BUCKETS)
  }

  /**
   * A connection is being set up
   */
  startSetup (setup: Setup): SetupRecorder {
    const { outcomes, failures, phases } = this.setups[setup]
    this.running[setup]++

    return {
      onPhase: (phase, time) => { phases.observe({ [phase]: time / 1_000 }) },
      onConnected: (time) => {
        this.running[setup]--
        this.setupTime.observe({ [setup]: time / 1_000 })
        outcomes.increment({ connected: true })
      },
      onFailed: (phase, err) => {
        this.running[setup]--
        failures.increment({ [phase]: true })
        outcomes.increment({ [outcomeOf(err)]: true })
      }
    }
  }

  /**
   * libp2p gets a connection. Call the function that is returned when it is closed.
   */
  opened (connection: ObservedConnection): (by: 'here' | 'remote', err?: Error) => void {
    this.connections.add(connection)

    return (by, err) => {
      this.connections.delete(connection)
      add(this.closed, connection.tally)
      this.ends.increment({ [err == null ? by : reasonOf(err)]: true })
    }
  }

  readonly onReset = (err: Error, by: 'here' | 'remote'): void => {
    const resets = by === 'here' ? this.resets : this.remoteResets
    resets.increment({ [reasonOf(err)]: true })
  }

  readonly onFinAck = (outcome: FinAckOutcome, wait: number): void => {
    this.finAcks.observe({ [outcome]: wait / 1_000 })
  }

  private countConnections (): Record<string, number> {
    const count = { dialing: this.running.dial, accepting: this.running.accept, outbound: 0, inbound: 0 }

    for (const { direction } of this.connections) {
      count[direction]++
    }

    return count
  }

  private total <T extends Record<string, number>> (of: (use: ChannelUse) => T): T {
    const total: Record<string, number> = { ...of(NOTHING) }

    for (const connection of this.connections) {
      for (const [key, value] of Object.entries(of(connection.use()))) {
        total[key] += value
      }
    }

    return total as T
  }

  /**
   * Tells the counters what was sent and received since the last time
   */
  private flush (): void {
    const { told } = this
    const now = new Tally()
    add(now, this.closed)
    this.connections.forEach(({ tally }) => { add(now, tally) })

    this.bytes.increment({ sent: now.bytesSent - told.bytesSent, received: now.bytesReceived - told.bytesReceived })
    this.frames.increment({ sent: now.framesSent - told.framesSent, received: now.framesReceived - told.framesReceived })
    Object.assign(told, now)
  }
}

const NOTHING: ChannelUse = { channels: { open: 0, 'half-closed': 0, closing: 0 }, buffered: 0, unread: 0 }

function add (sum: Tally, { bytesSent, bytesReceived, framesSent, framesReceived }: Tally): void {
  sum.bytesSent += bytesSent
  sum.bytesReceived += bytesReceived
  sum.framesSent += framesSent
  sum.framesReceived += framesReceived
}

function outcomeOf ({ name }: Error): typeof OUTCOMES[number] {
  switch (name) {
    case 'SetupTimeoutError': return 'timeout'
    case 'AbortError': return 'aborted'
    default: return 'failed'
  }
}

function reasonOf ({ name }: Error): string {
  return REASONS.includes(name) ? name : OTHER
}
