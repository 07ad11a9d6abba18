/**
 * One connection from its first packet until libp2p has it: ICE, DTLS and SCTP
 * (in the peer), Noise, upgrade. Whatever fails, this is the one place that
 * cleans up.
 */
import { ConnectionClosedError, UnexpectedPeerError } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { raceSignal } from 'race-signal'
import { equals } from 'uint8arrays/equals'
import { firstConnected } from './attempts.ts'
import { systemClock, wait } from './clock.ts'
import { ConnectionSetupError, FramingError } from './errors.ts'
import { HandshakeChannel } from './handshake-channel.ts'
import { HandshakeStream } from './handshake-stream.ts'
import { PendingConnection } from './pending-connection.ts'
import { certificateMismatch, describeFailure, summarizeFailures } from './setup-failure.ts'
import { FinAcks } from './streams/fin-acks.ts'
import { FrameSize } from './streams/frame-size.ts'
import { Pace } from './streams/pace.ts'
import { Silence, trafficOf } from './streams/silence.ts'
import { UnreadLimit } from './streams/unread.ts'
import { setUpTurnstile } from './turnstile.ts'
import { dialerAddress, noisePrologue } from './wire/address.ts'
import type { Attempt } from './attempts.ts'
import type { WebRTCDirectConnection } from './connection.ts'
import type { SetupPhase } from './errors.ts'
import type { IdentifyComponents } from './identified.ts'
import type { TransportMetrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { Channel, Peer } from './ports.ts'
import type { SetupWatch } from './setup-watch.ts'
import type { Tally } from './streams/tally.ts'
import type { ComponentLogger, Connection, ConnectionEncrypter, Logger, Metrics, PeerId, PeerStore, PrivateKey, Upgrader } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { ProgressEventListener } from 'progress-events'

/**
 * What a session needs of the node
 */
export interface SessionComponents extends IdentifyComponents {
  peerId: PeerId
  privateKey: PrivateKey
  logger: ComponentLogger
  metrics?: Metrics

  /**
   * Knows what remotes call themselves
   */
  peerStore?: Pick<PeerStore, 'get'>
}

export interface SessionInit {
  components: SessionComponents
  upgrader: Upgrader
  options: Options
  log: Logger

  /**
   * Ends the set-up early
   */
  signal: AbortSignal

  /**
   * Is told how it goes on
   */
  watch?: SetupWatch

  metrics?: TransportMetrics

  remoteAddr: Multiaddr

  /**
   * Where the remote is, or how to find out where it may be
   */
  attempts: readonly Attempt[] | ((signal: AbortSignal) => Promise<readonly Attempt[]>)

  /**
   * One of them has connected
   */
  onConnected? (attempt: Attempt, peer: Peer): void
}

export interface DialSessionInit extends SessionInit {
  /**
   * The certificates that the address allows
   */
  fingerprints: readonly Uint8Array[]

  /**
   * The peer that the address names
   */
  remotePeer?: PeerId

  /**
   * For what the upgrade tells of
   */
  onProgress?: ProgressEventListener
}

export interface AcceptSessionInit extends SessionInit {
  /**
   * How long the dialer may take to open the handshake channel after the
   * association is up, in ms, if it can't take data for it before that
   */
  openingDelay?: number

  /**
   * The connection exists, libp2p is about to get it
   */
  onConnection (connection: WebRTCDirectConnection): void
}

/**
 * The listener may not open a channel before the dialer has received the last
 * message of the handshake: rust-libp2p looks for channels only when its
 * handshake is over, and never sees one that came before. What a dialer sends or
 * opens after its handshake shows that it is over, and so does that time, in ms.
 */
const READY_TIMEOUT = 500

/**
 * How much of the handshake is received, in bytes: two messages of Noise have up to
 * 64 KiB each
 */
const MAX_HANDSHAKE_BYTES = 256 * 1024

/**
 * Connects to a listener. The dialer is the DTLS client, and the Noise
 * responder: it has finished when the listener has accepted the connection.
 *
 * @throws {ConnectionSetupError} and relatives, which name the phase
 */
export async function dialSession (init: DialSessionInit): Promise<Connection> {
  const { remotePeer, upgrader } = init

  return setUp(init, init.fingerprints, async ({ pending, signal, enter }) => {
    const { peer, tally } = pending
    const client = peer.localFingerprint()
    const server = presented(peer)

    if (!init.fingerprints.some(fingerprint => equals(fingerprint, server))) {
      throw certificateMismatch(`${init.remoteAddr}`, server)
    }

    enter('noise')
    const encrypter = createNoise(init, noisePrologue(client, server))
    const secured = await encrypter.secureInbound(handshakeStream(peer.handshakeChannel, peer, tally, init), { remotePeer, signal, skipStreamMuxerNegotiation: true })

    // Noise compares only where the peer id holds the whole key
    if (remotePeer?.equals(secured.remotePeer) === false) {
      throw new UnexpectedPeerError(`expected ${remotePeer}, got ${secured.remotePeer}`)
    }

    enter('upgrade', secured.remotePeer)
    pending.leaveHandshake()
    pending.expectReady(0)

    const maConn = pending.createConnection('outbound', init.remoteAddr, init.log)
    pending.expectIdentify(init.components, secured.remotePeer)

    return raceSignal(upgrader.upgradeOutbound(maConn, {
      skipEncryption: true,
      skipProtection: true,
      remotePeer: secured.remotePeer,
      muxerFactory: pending.muxerFactory,
      onProgress: init.onProgress,
      signal
    }), signal)
  })
}

/**
 * Answers a dialer. The listener is the DTLS server, and the Noise initiator.
 *
 * A dial may not succeed before libp2p has accepted the connection, so:
 *
 * 1. ICE, DTLS, SCTP: the address of the dialer is real
 * 2. first and second message of Noise: the listener knows who dials
 * 3. the third one is held, and the dialer waits for it
 * 4. `upgradeInbound` asks the limits and the gater of the node, makes the muxer,
 *    and tells the node of the connection. Streams that it asks for now wait.
 * 5. the third message is sent, and the dial succeeds
 * 6. the listener opens streams when the dialer is ready for them
 *    (`READY_TIMEOUT`)
 *
 * Where 4 refuses, the peer connection is closed, and the dialer sees its
 * handshake end.
 *
 * @throws {ConnectionSetupError} and relatives, which name the phase
 */
export async function acceptSession (init: AcceptSessionInit): Promise<void> {
  const { upgrader } = init

  return setUp(init, undefined, async ({ pending, signal, enter }) => {
    const { peer, tally } = pending
    const client = presented(peer)
    const server = peer.localFingerprint()

    enter('noise')
    await wait(init.openingDelay ?? 0, signal)
    const channel = new HandshakeChannel(peer.handshakeChannel)
    const encrypter = createNoise(init, noisePrologue(client, server))
    const secured = await encrypter.secureOutbound(handshakeStream(channel, peer, tally, init), { signal, skipStreamMuxerNegotiation: true })

    enter('upgrade', secured.remotePeer)
    pending.leaveHandshake()

    // anybody can have sent the first packet
    const endpoint = peer.remoteEndpoint()
    const remoteAddr = endpoint == null ? init.remoteAddr : dialerAddress(endpoint.host, endpoint.port)
    const maConn = pending.createConnection('inbound', remoteAddr.encapsulate(`/p2p/${secured.remotePeer}`), init.log)
    pending.expectIdentify(init.components, secured.remotePeer)
    init.onConnection(maConn)
    await raceSignal(upgrader.upgradeInbound(maConn, {
      skipEncryption: true,
      skipProtection: true,
      remotePeer: secured.remotePeer,
      muxerFactory: pending.muxerFactory,
      signal
    }), signal)

    if (maConn.status !== 'open') {
      throw new ConnectionClosedError('The connection was closed when it was opened')
    }

    channel.release()
    pending.expectReady(READY_TIMEOUT)
  })
}

interface Step {
  pending: PendingConnection
  signal: AbortSignal
  enter (phase: 'noise' | 'upgrade', remotePeer?: PeerId): void
}

async function setUp <T> (init: SessionInit, fingerprints: readonly Uint8Array[] | undefined, secureAndUpgrade: (step: Step) => Promise<T>): Promise<T> {
  const { log, options, attempts, watch } = init
  const remote = `${init.remoteAddr}`
  const isNamed = typeof attempts === 'function'
  const deadline = new AbortController()
  const signal = AbortSignal.any([init.signal, deadline.signal])
  const timer = setTimeout(() => { deadline.abort() }, options.setupTimeout)
  let phase: SetupPhase = 'address'
  let pending: PendingConnection | undefined

  const describe = (err: Error, phase: SetupPhase, remote: string, peer?: Peer): Error =>
    describeFailure(err, phase, { remote, signal: init.signal, deadline: deadline.signal, fingerprints }, peer?.remoteFingerprint())

  try {
    signal.throwIfAborted()
    await setUpTurnstile.pass(signal)

    pending = await firstConnected(isNamed ? await attempts(signal) : attempts, {
      signal,
      clock: systemClock,
      start: (start, attempt) => new PendingConnection(watch?.start(attempt, start) ?? start(), init),
      describe: (err, attempt, peer) => {
        const error = describe(err, peer?.phase() ?? 'ice', isNamed ? attempt.host : remote, peer)
        watch?.attemptFailed(attempt, error)

        return error
      },
      summarize: (failures) => summarizeFailures(failures, remote),
      onConnected: (attempt, peer) => {
        watch?.attemptConnected(attempt)
        init.onConnected?.(attempt, peer)
      }
    })
    phase = pending.peer.phase()
    await setUpTurnstile.pass(signal)
    pending.throwIfEnded('The remote closed the connection')

    return await secureAndUpgrade({
      pending,
      signal,
      enter: (next, remotePeer) => {
        phase = next
        watch?.enter(next, remotePeer)
      }
    })
  } catch (err: any) {
    const error = describe(err, phase, remote, pending?.peer)

    log('could not set up the connection with %a - %e', init.remoteAddr, error)
    pending?.maConn?.abort(error)
    await pending?.peer.close()

    throw error
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Noise messages are framed as on streams
 */
function handshakeStream (channel: Channel, peer: Peer, tally: Tally, { options, log }: SessionInit): HandshakeStream {
  return new HandshakeStream({
    channel,
    tally,
    log: log.newScope('handshake'),
    frameSize: new FrameSize(peer.maxChunkSize, options.streams.maxMessageSize),
    finAckTimeout: options.streams.finAckTimeout,
    finAcks: new FinAcks(),
    pace: new Pace({ clock: systemClock, peer }),
    silence: new Silence(systemClock, () => trafficOf(peer)),
    unreadLimit: new UnreadLimit(MAX_HANDSHAKE_BYTES, () => new FramingError(`The remote sent more than ${MAX_HANDSHAKE_BYTES} bytes before the handshake was over`)),

    // one without an end
    negotiates: true,

    // the set-up has a deadline of its own
    inactivityTimeout: Infinity,
    finDelay: () => 0,
    onEnded: () => 0,
    onChannelClosed: () => {}
  })
}

function createNoise ({ components, upgrader }: SessionInit, prologueBytes: Uint8Array): ConnectionEncrypter {
  // the components of a node can't be copied as a whole
  const { peerId, privateKey, logger, metrics } = components

  return noise({ prologueBytes })({ peerId, privateKey, logger, metrics, upgrader })
}

function presented (peer: Peer): Uint8Array {
  const fingerprint = peer.remoteFingerprint()

  if (fingerprint == null) {
    throw new ConnectionSetupError('the certificate of the remote is not known', 'dtls')
  }

  return fingerprint
}
