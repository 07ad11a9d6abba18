import { serviceCapabilities, transportSymbol, UnsupportedOperationError } from '@libp2p/interface'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { dialPeer } from './browser/connect.ts'
import { hasWebRTC } from './browser/support.ts'
import { Dialer } from './dialer.ts'
import { TransportMetrics } from './metrics.ts'
import { resolveName } from './names.browser.ts'
import { resolveOptions } from './options.ts'
import type { WebRTCDirectDialEvents } from './dial-events.ts'
import type { NameComponents } from './names.ts'
import type { WebRTCDirectInit } from './options.ts'
import type { ProtectorComponents } from './private-network.ts'
import type { SessionComponents } from './session.ts'
import type { Connection, CreateListenerOptions, DialTransportOptions, Listener, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What the transport needs of the node it is part of
 */
export interface WebRTCDirectComponents extends SessionComponents, NameComponents, ProtectorComponents {}

/**
 * The default in a page, in bytes. It is told late that there is room, because it
 * has one thread and draws with it; and browsers serve channels in turns, so what
 * waits in one does not hold up the others.
 */
const MAX_BUFFERED_AMOUNT = 64 * 1024

/**
 * The webrtc-direct transport in a page: it dials, and can't listen
 */
export class WebRTCDirectTransport implements Transport<WebRTCDirectDialEvents> {
  private readonly dialer: Dialer

  constructor (components: WebRTCDirectComponents, init?: WebRTCDirectInit) {
    const options = resolveOptions({ ...init, dataChannel: { maxBufferedAmount: MAX_BUFFERED_AMOUNT, ...init?.dataChannel } })
    const { maxBufferedAmount } = options
    const log = components.logger.forComponent('libp2p:webrtc-direct')

    this.dialer = new Dialer({
      components,
      metrics: components.metrics == null ? undefined : new TransportMetrics(components.metrics),
      options,
      log,
      stack: {
        allowsManyFingerprints: false,
        load: async () => {},
        resolve: (target, signal) => resolveName(target, components, signal),
        connect: (target) => dialPeer({ ...target, fingerprint: target.fingerprints[0] }, { log, maxBufferedAmount })
      }
    })
  }

  readonly [transportSymbol] = true

  readonly [Symbol.toStringTag] = 'libp2p-transport-webrtc-direct'

  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']

  /**
   * @throws {InvalidMultiaddrError} if the address is malformed or its certhash
   * uses a hash function that is not supported
   * @throws {PrivateNetworkError} if the node has a `connectionProtector`
   * @throws {WebRTCUnavailableError} if there is no WebRTC here, or a policy forbids
   * it
   * @throws {AddressRefusedError} if the browser connects to no such address
   * @throws {MungingRefusedError} if the browser refuses version 1 of the protocol, and
   * no other may be tried
   * @throws {SetupTimeoutError} if the connection is not made in time
   * @throws {CertificateMismatchError} if another certificate was presented
   * @throws {UnexpectedPeerError} if another peer answered
   * @throws {AbortError} if the signal was aborted
   * @throws {ConnectionSetupError} if the set-up failed otherwise
   */
  async dial (ma: Multiaddr, options: DialTransportOptions<WebRTCDirectDialEvents>): Promise<Connection> {
    return this.dialer.dial(ma, options)
  }

  /**
   * @throws {UnsupportedOperationError} always
   */
  createListener (options: CreateListenerOptions): Listener {
    throw new UnsupportedOperationError('A page can not listen for WebRTC Direct connections: leave its addresses out of addresses.listen')
  }

  /**
   * The addresses that can be listened on: none
   */
  listenFilter (multiaddrs: Multiaddr[]): Multiaddr[] {
    return []
  }

  /**
   * The addresses that can be dialed: none where there is no WebRTC, as in workers
   */
  dialFilter (multiaddrs: Multiaddr[]): Multiaddr[] {
    return hasWebRTC() ? multiaddrs.filter(ma => WebRTCDirect.exactMatch(ma)) : []
  }
}
