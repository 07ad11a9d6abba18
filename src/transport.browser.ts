import { serviceCapabilities, transportSymbol, UnsupportedOperationError } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { dialPeer } from './browser/connect.ts'
import { hasWebRTC } from './browser/support.ts'
import { resolveOptions } from './options.ts'
import { refusePrivateNetwork } from './private-network.ts'
import { dialSession } from './session.ts'
import { parseDialTarget } from './wire/address.ts'
import type { Options, WebRTCDirectInit } from './options.ts'
import type { ProtectorComponents } from './private-network.ts'
import type { SessionComponents } from './session.ts'
import type { Connection, CreateListenerOptions, DialTransportOptions, Listener, Logger, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What the transport needs of the node it is part of
 */
export interface WebRTCDirectComponents extends SessionComponents, ProtectorComponents {}

/**
 * The webrtc-direct transport in a page: it dials, and can't listen
 */
export class WebRTCDirectTransport implements Transport {
  private readonly components: WebRTCDirectComponents
  private readonly options: Options
  private readonly log: Logger

  constructor (components: WebRTCDirectComponents, init?: WebRTCDirectInit) {
    this.components = components
    this.options = resolveOptions(init)
    this.log = components.logger.forComponent('libp2p:webrtc-direct')
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
   * @throws {MungingRefusedError} if the browser refuses the version of the protocol
   * @throws {SetupTimeoutError} if the connection is not made in time
   * @throws {CertificateMismatchError} if another certificate was presented
   * @throws {UnexpectedPeerError} if another peer answered
   * @throws {AbortError} if the signal was aborted
   * @throws {ConnectionSetupError} if the set-up failed otherwise
   */
  async dial (ma: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    refusePrivateNetwork(this.components)
    const target = parseDialTarget(ma)
    const { host, port, family, fingerprints: [fingerprint] } = target
    this.log('dialing %a', ma)

    return dialSession({
      components: this.components,
      upgrader: options.upgrader,
      options: this.options,
      log: this.log,
      signal: options.signal,
      remoteAddr: ma,
      fingerprints: target.fingerprints,
      remotePeer: target.peerId == null ? undefined : peerIdFromString(target.peerId),
      iceTimeout: this.options.iceTimeout,
      attempts: [{
        host,
        start: () => dialPeer({ host, port, family, fingerprint, version: 1, mayChangeVersion: true }, {
          log: this.log,
          maxBufferedAmount: this.options.maxBufferedAmount
        })
      }]
    })
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
