/**
 * One connection from its first packet until libp2p has it: ICE, DTLS and SCTP
 * (in the peer), Noise, upgrade. Whatever fails, this is the one place that
 * cleans up.
 */
import { noise } from '@chainsafe/libp2p-noise'
import { AbortError, UnexpectedPeerError } from '@libp2p/interface'
import { equals } from 'uint8arrays/equals'
import { systemClock, wait } from './clock.ts'
import { WebRTCDirectConnection } from './connection.ts'
import { CertificateMismatchError, ConnectionSetupError, SetupTimeoutError } from './errors.ts'
import { FinAcks } from './streams/fin-acks.ts'
import { DataChannelMuxerFactory } from './streams/muxer-factory.ts'
import { Pace } from './streams/pace.ts'
import { Silence, trafficOf } from './streams/silence.ts'
import { WebRTCStream } from './streams/stream.ts'
import { noisePrologue } from './wire/address.ts'
import { renderFingerprint } from './wire/sdp.ts'
import type { SetupPhase } from './errors.ts'
import type { Options } from './options.ts'
import type { ChannelHandler, Peer } from './ports.ts'
import type { ComponentLogger, Connection, ConnectionEncrypter, Logger, Metrics, PeerId, PrivateKey, Upgrader } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What a session needs of the node
 */
export interface SessionComponents {
  peerId: PeerId
  privateKey: PrivateKey
  logger: ComponentLogger
  metrics?: Metrics
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
   * How long the remote may take to answer the first connectivity check, in ms,
   * if that is less than the set-up as a whole
   */
  iceTimeout?: number

  /**
   * Starts the connection
   */
  start (): Peer
}

export interface DialSessionInit extends SessionInit {
  remoteAddr: Multiaddr

  /**
   * The certificates that the address allows
   */
  fingerprints: readonly Uint8Array[]

  /**
   * The peer that the address names
   */
  remotePeer?: PeerId
}

export interface AcceptSessionInit extends SessionInit {
  remoteAddr: Multiaddr

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
 * The listener sends the last message of the handshake, and may not open a
 * channel before the dialer has received it: rust-libp2p looks for channels only
 * when its handshake is over, and never sees one that came before. What a dialer
 * sends or opens after its handshake shows that it is over, and so does that
 * time, in ms.
 */
const READY_TIMEOUT = 500

/**
 * The handshake channel stays open when the handshake is over, until the remote
 * closes it or the connection ends: rust-libp2p fails when it is closed from
 * here. What happens on it does not matter any more.
 */
function afterHandshake (onSign: () => void): ChannelHandler {
  return {
    onMessage: onSign,
    onViolation () {},
    onDrain () {},
    onClosed: onSign
  }
}

/**
 * Connects to a listener. The dialer is the DTLS client, and the Noise
 * responder.
 *
 * @throws {ConnectionSetupError} and relatives, which name the phase
 */
export async function dialSession (init: DialSessionInit): Promise<Connection> {
  const { remotePeer, upgrader } = init

  return setUp(init, undefined, async ({ peer, signal, handshake, enter, connection, muxerFactory }) => {
    const client = peer.localFingerprint()
    const server = presented(peer)

    if (!init.fingerprints.some(fingerprint => equals(fingerprint, server))) {
      throw mismatch(init, server)
    }

    enter('noise')
    const encrypter = createNoise(init, noisePrologue(client, server))
    const secured = await encrypter.secureInbound(handshake(), { remotePeer, signal, skipStreamMuxerNegotiation: true })

    // Noise compares only where the peer id holds the whole key
    if (remotePeer?.equals(secured.remotePeer) === false) {
      throw new UnexpectedPeerError(`expected ${remotePeer}, got ${secured.remotePeer}`)
    }

    enter('upgrade')
    return upgrader.upgradeOutbound(connection('outbound', init.remoteAddr), {
      skipEncryption: true,
      skipProtection: true,
      remotePeer: secured.remotePeer,
      muxerFactory,
      signal
    })
  })
}

/**
 * Answers a dialer. The listener is the DTLS server, and the Noise initiator.
 *
 * @throws {ConnectionSetupError} and relatives, which name the phase
 */
export async function acceptSession (init: AcceptSessionInit): Promise<void> {
  const { upgrader } = init

  return setUp(init, READY_TIMEOUT, async ({ peer, signal, handshake, enter, connection, muxerFactory }) => {
    const client = presented(peer)
    const server = peer.localFingerprint()

    enter('noise')
    await wait(init.openingDelay ?? 0, signal)
    const encrypter = createNoise(init, noisePrologue(client, server))
    const secured = await encrypter.secureOutbound(handshake(), { signal, skipStreamMuxerNegotiation: true })

    enter('upgrade')
    const maConn = connection('inbound', init.remoteAddr.encapsulate(`/p2p/${secured.remotePeer}`))
    init.onConnection(maConn)
    await upgrader.upgradeInbound(maConn, {
      skipEncryption: true,
      skipProtection: true,
      remotePeer: secured.remotePeer,
      muxerFactory,
      signal
    })
  })
}

interface Step {
  peer: Peer
  signal: AbortSignal
  muxerFactory: DataChannelMuxerFactory
  enter (phase: SetupPhase): void
  handshake (): WebRTCStream
  connection (direction: 'inbound' | 'outbound', remoteAddr: Multiaddr): WebRTCDirectConnection
}

/**
 * Where the handshake is over here first, `readyTimeout` is how long after it
 * the remote may not be ready for channels, in ms
 */
async function setUp <T> (init: SessionInit & { remoteAddr: Multiaddr }, readyTimeout: number | undefined, secureAndUpgrade: (step: Step) => Promise<T>): Promise<T> {
  const { log, options } = init
  const deadline = new AbortController()
  const signal = AbortSignal.any([init.signal, deadline.signal])
  let phase: SetupPhase | undefined
  let peer: Peer | undefined
  let maConn: WebRTCDirectConnection | undefined
  const remoteReady = Promise.withResolvers<void>()

  const timers = [
    setTimeout(() => { deadline.abort() }, options.setupTimeout)
  ]

  if (init.iceTimeout != null) {
    timers.push(setTimeout(() => {
      if (peer?.phase() === 'ice') {
        deadline.abort()
      }
    }, init.iceTimeout))
  }

  try {
    signal.throwIfAborted()

    const started = init.start()
    peer = started

    const muxerFactory = new DataChannelMuxerFactory({
      peer: started,
      ...options.streams,
      remoteReady: remoteReady.promise,
      onIdsUsedUp: (err) => { void maConn?.retire(err) }
    })

    // the remote may open streams before the handshake is over at this end
    started.attach({
      onChannel: (channel) => {
        remoteReady.resolve()
        muxerFactory.onChannel(channel)
      },
      onClosed: (err) => { maConn?.onPeerClosed(err) }
    })

    await started.connected(signal)

    return await secureAndUpgrade({
      peer: started,
      signal,
      muxerFactory,
      enter: (next) => {
        if (next === 'upgrade') {
          started.handshakeChannel.attach(afterHandshake(remoteReady.resolve))

          if (readyTimeout == null) {
            remoteReady.resolve()
          } else {
            const timer = setTimeout(remoteReady.resolve, readyTimeout)
            void remoteReady.promise.then(() => { clearTimeout(timer) })
          }
        }

        phase = next
      },
      handshake: () => handshakeStream(started, init),
      connection: (direction, remoteAddr) => {
        maConn = new WebRTCDirectConnection({
          peer: started,
          remoteAddr,
          direction,
          log: log.newScope('connection'),
          linger: () => muxerFactory.linger()
        })

        return maConn
      }
    })
  } catch (err: any) {
    const error = describe(err, init, phase ?? peer?.phase() ?? 'ice', peer, deadline.signal)

    log('could not set up the connection with %a - %e', init.remoteAddr, error)
    maConn?.abort(error)
    await peer?.close()

    throw error
  } finally {
    timers.forEach(timer => { clearTimeout(timer) })
  }
}

/**
 * Noise messages are framed as on streams
 */
function handshakeStream (peer: Peer, { options, log }: SessionInit): WebRTCStream {
  return new WebRTCStream({
    channel: peer.handshakeChannel,
    log: log.newScope('handshake'),
    maxFrame: options.streams.maxMessageSize,
    finAckTimeout: options.streams.finAckTimeout,
    finAcks: new FinAcks(),
    pace: new Pace({ clock: systemClock, peer }),
    silence: new Silence(systemClock, () => trafficOf(peer)),

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

function mismatch (init: DialSessionInit, got: Uint8Array): CertificateMismatchError {
  return new CertificateMismatchError(`${init.remoteAddr} presented another certificate, sha-256 ${renderFingerprint(got)}: the address is out of date, or somebody else answers there`, 'dtls')
}

/**
 * Says in which phase a set-up failed, and what that means
 */
function describe (err: Error, init: SessionInit & { remoteAddr: Multiaddr, fingerprints?: readonly Uint8Array[] }, phase: SetupPhase, peer: Peer | undefined, deadline: AbortSignal): Error {
  if (err instanceof ConnectionSetupError) {
    return err
  }

  const where = `with ${init.remoteAddr}`

  if (init.signal.aborted) {
    const reason = init.signal.reason

    return Object.assign(reason?.name === 'TimeoutError'
      ? new SetupTimeoutError(`no connection ${where} before the signal timed out`, phase)
      : new AbortError(`${phase}: the connection ${where} was aborted`), { phase, cause: reason })
  }

  if (deadline.aborted) {
    const what = phase === 'ice' ? 'nobody answered: is the listener running, and does the path let UDP through?' : 'the remote stopped answering'

    return new SetupTimeoutError(`no connection ${where} in time, ${what}`, phase)
  }

  // the stack refuses another certificate without saying so
  const got = peer?.remoteFingerprint()

  if (got != null && init.fingerprints?.some(fingerprint => equals(fingerprint, got)) === false) {
    return mismatch(init as DialSessionInit, got)
  }

  if (err instanceof UnexpectedPeerError) {
    return Object.assign(new UnexpectedPeerError(`${phase}: another peer answered at ${init.remoteAddr}: ${err.message}`), { phase, cause: err })
  }

  return new ConnectionSetupError(`could not connect ${where}: ${err.message}`, phase, { cause: err })
}
