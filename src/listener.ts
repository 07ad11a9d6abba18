import { AbortError, AlreadyStartedError } from '@libp2p/interface'
import { getThinWaistAddresses } from '@libp2p/utils'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { TypedEventEmitter, setMaxListeners } from 'main-event'
import { systemClock } from './clock.ts'
import { askNode } from './gater.ts'
import { acceptPeer } from './native/connect.ts'
import { openMux } from './native/sockets.ts'
import { refusePrivateNetwork } from './private-network.ts'
import { acceptSession } from './session.ts'
import { SetUps } from './set-ups.ts'
import { SetupWatch } from './setup-watch.ts'
import { dialerAddress, encodeCerthash, parseEndpoint, withCerthash } from './wire/address.ts'
import { isRustLibp2p, parseCredentials } from './wire/credentials.ts'
import type { CertificateSource } from './certificates/certificate.ts'
import type { WebRTCDirectConnection } from './connection.ts'
import type { GaterComponents } from './gater.ts'
import type { TransportMetrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { Mux, StunRequest } from './ports.ts'
import type { ProtectorComponents } from './private-network.ts'
import type { SessionComponents } from './session.ts'
import type { SetUp } from './set-ups.ts'
import type { CredentialPair } from './wire/credentials.ts'
import type { Listener, ListenerEvents, Logger, Upgrader } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * How long a dialer may take to answer the first connectivity check, in ms. The
 * stack sends a check at once, after 0.5 s and after 1.5 s, each 40 bytes longer than
 * the shortest request: until it has answered, an address gets no more than three
 * times what came from it (FAQ of the specification), which two of them keep. It
 * ends 0.4 s before the third one, as a busy process may be late; a round trip of
 * 1 s has time for an answer.
 */
const ICE_TIMEOUT = 1_100

/**
 * rust-libp2p opens the handshake channel a moment after the association is up.
 * When data has come for it by then it never does, and its dial hangs. How long
 * to leave it to that, in ms.
 */
const RUST_OPENING_DELAY = 50

/**
 * How long `close()` waits for connections to close gracefully, in ms
 */
const CLOSE_TIMEOUT = 5_000

export interface WebRTCDirectListenerInit {
  components: SessionComponents & GaterComponents & ProtectorComponents
  upgrader: Upgrader
  options: Options
  certificates: CertificateSource
  metrics?: TransportMetrics
}

type State =
  { readonly name: 'new' } |
  { readonly name: 'starting' } |
  { readonly name: 'listening', readonly mux: Mux, readonly ma: Multiaddr, readonly setUps: SetUps } |
  { readonly name: 'closed' }

/**
 * One UDP port: admits STUN requests and sets up the connections that follow
 */
export class WebRTCDirectListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  private readonly init: WebRTCDirectListenerInit
  private readonly log: Logger
  private readonly connections = new Set<WebRTCDirectConnection>()
  private readonly shutdown = new AbortController()
  private state: State = { name: 'new' }

  constructor (init: WebRTCDirectListenerInit) {
    super()

    this.init = init
    this.log = init.components.logger.forComponent('libp2p:webrtc-direct:listener')
    setMaxListeners(Infinity, this.shutdown.signal)
  }

  /**
   * @throws {ListenError} if the port is in use or can't be bound
   * @throws {NativeThreadError} if another thread of the process uses the native
   * stack, or has used it
   * @throws {NativeStackError} if it can't be loaded
   * @throws {PrivateNetworkError} if the node has a `connectionProtector`
   */
  async listen (ma: Multiaddr): Promise<void> {
    try {
      await this.start(ma)
    } catch (err) {
      // libp2p goes on in silence where only those of IPv6 fail
      this.log.error('could not listen on %a - %e', ma, err)
      throw err
    }
  }

  private async start (ma: Multiaddr): Promise<void> {
    refusePrivateNetwork(this.init.components)
    const endpoint = parseEndpoint(ma)

    if (this.state.name !== 'new') {
      throw new AlreadyStartedError('A listener listens once')
    }

    this.state = { name: 'starting' }

    await this.init.certificates.load()
    const mux = await openMux(endpoint, request => { this.onRequest(request) }, this.log)

    if (this.shutdown.signal.aborted) {
      mux.close()
      throw this.shutdown.signal.reason
    }

    const setUps = new SetUps({
      options: this.init.options,
      clock: systemClock,
      log: this.log,
      isKnownPort: endpoint.port !== 0,
      metrics: this.init.metrics?.requests
    })
    this.state = { name: 'listening', mux, ma, setUps }
    this.init.certificates.addEventListener('change', this.onCertificateChange)
    this.log('listening on %s port %d', endpoint.host, mux.port)
    this.safeDispatchEvent('listening')
  }

  getAddrs (): Multiaddr[] {
    if (this.state.name !== 'listening') {
      return []
    }

    const { ma, mux } = this.state

    return getThinWaistAddresses(ma, mux.port)
      .flatMap(ma => this.withCerthashes(ma.encapsulate('/webrtc-direct')))
  }

  updateAnnounceAddrs (multiaddrs: Multiaddr[]): void {
    if (this.state.name !== 'listening') {
      return
    }

    // the caller goes on with the same array
    multiaddrs.splice(0, multiaddrs.length, ...multiaddrs.flatMap(ma => {
      return WebRTCDirect.exactMatch(ma) ? this.withCerthashes(ma) : [ma]
    }))
  }

  /**
   * While the next certificate is known there are two addresses: one with the
   * certhash that is presented, and one with both, which goes on to work when
   * the next one is presented. The first one is for rust-libp2p, which takes no
   * second certhash; go-libp2p and `@libp2p/webrtc` read only the first of two.
   *
   * The next certhash alone is not announced before its time: a dial to it would
   * fail now, and where an address is found not to work js-libp2p stops to
   * announce all others of the same host and port.
   */
  private withCerthashes (ma: Multiaddr): Multiaddr[] {
    const { presented, next } = this.init.certificates.current
    const certhash = encodeCerthash(presented.fingerprint)
    const addresses = [withCerthash(ma, certhash)]

    // one that has a certhash already stays as it is
    if (next != null && !addresses[0].equals(ma)) {
      addresses.push(withCerthash(ma, certhash, encodeCerthash(next.fingerprint)))
    }

    return addresses
  }

  /**
   * libp2p reads the addresses again, and tells the peers that are connected
   */
  private readonly onCertificateChange = (): void => {
    this.safeDispatchEvent('listening')
  }

  /**
   * Refuses new connections, ends those that are being set up, closes the others
   * gracefully, and frees the port. Never throws.
   */
  async close (): Promise<void> {
    if (this.state.name === 'closed') {
      return
    }

    const state = this.state
    this.state = { name: 'closed' }
    this.init.certificates.removeEventListener('change', this.onCertificateChange)
    this.shutdown.abort(new AbortError('The listener was closed'))

    const signal = AbortSignal.timeout(CLOSE_TIMEOUT)
    setMaxListeners(Infinity, signal)

    await Promise.all([...this.connections].map(async connection => {
      await connection.close({ signal }).catch(err => { connection.abort(err) })
    }))

    if (state.name === 'listening') {
      state.mux.close()
    }

    this.safeDispatchEvent('close')
  }

  /**
   * A stranger sent a STUN request. Nothing is allocated before the request is
   * admitted.
   */
  private onRequest (request: StunRequest): void {
    if (this.state.name !== 'listening') {
      return
    }

    const { setUps, mux } = this.state
    const credentials = parseCredentials(request.serverUfrag, request.clientUfrag)

    // a dialer may ask from several of its addresses at once (go-libp2p and
    // rust-libp2p do): the connection that the first request starts serves all
    setUps.onRequest(credentials?.server.ufrag, request, async (setUp) => {
      if (credentials != null) {
        await this.accept(request, credentials, mux, setUp)
      }
    })
  }

  private async accept (request: StunRequest, credentials: CredentialPair, mux: Mux, setUp: SetUp): Promise<void> {
    const { components, upgrader, options, certificates, metrics } = this.init
    const signal = upgrader.createInboundAbortSignal(AbortSignal.any([this.shutdown.signal, setUp.signal]))
    const remoteAddr = dialerAddress(request.host, request.port)
    const watch = metrics == null
      ? undefined
      : new SetupWatch({ clock: systemClock, log: this.log, address: remoteAddr, recorder: metrics.startSetup('accept') })

    try {
      await askNode(components, remoteAddr, signal, this.log, reason => { setUp.onRefused(reason) })
      this.log('setting up a connection with %a', remoteAddr)

      await acceptSession({
        components,
        upgrader,
        options,
        signal,
        remoteAddr,
        log: this.log,
        watch,
        metrics,
        openingDelay: isRustLibp2p(credentials) ? RUST_OPENING_DELAY : 0,
        attempts: [{
          host: request.host,
          port: request.port,
          version: credentials.version,
          iceTimeout: ICE_TIMEOUT,
          starts: [() => {
            const peer = acceptPeer(request, credentials, mux, certificates.current.presented, {
              log: this.log,
              maxBufferedAmount: options.maxBufferedAmount,
              mtu: options.mtu,
              onAnswered: () => { setUp.onAnswered() }
            })
            setUp.onStarted(peer)

            return peer
          }]
        }],
        onConnected: () => { setUp.onConnected() },
        onConnection: (connection) => {
          this.connections.add(connection)
          connection.addEventListener('close', () => { this.connections.delete(connection) })
        }
      })

      watch?.end()
    } catch (err: any) {
      watch?.end(err)
      throw err
    } finally {
      signal.clear()
    }
  }
}
