import { serviceCapabilities, transportSymbol } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { parseDialTarget } from './address.ts'
import { generateCertificate } from './certificate.ts'
import { generateCredentials } from './credentials.ts'
import { WebRTCDirectListener } from './listener.ts'
import { resolveOptions } from './options.ts'
import { dialPeer } from './peer.ts'
import { dialSession } from './session.ts'
import type { TransportCertificate } from './certificate.ts'
import type { Options, WebRTCDirectInit } from './options.ts'
import type { SessionComponents } from './session.ts'
import type { Connection, CreateListenerOptions, DialTransportOptions, Listener, Logger, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What the transport needs of the node it is part of
 */
export interface WebRTCDirectComponents extends SessionComponents {}

/**
 * The webrtc-direct transport
 */
export class WebRTCDirectTransport implements Transport {
  private readonly components: WebRTCDirectComponents
  private readonly options: Options
  private readonly log: Logger
  private certificate?: Promise<TransportCertificate>

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
   * @throws {SetupTimeoutError} if the connection is not made in time
   * @throws {CertificateMismatchError} if another certificate was presented
   * @throws {UnexpectedPeerError} if another peer answered
   * @throws {AbortError} if the signal was aborted
   * @throws {ConnectionSetupError} if the set-up failed otherwise
   */
  async dial (ma: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    const target = parseDialTarget(ma)
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
      start: () => dialPeer(target, generateCredentials(), {
        log: this.log,
        maxBufferedAmount: this.options.maxBufferedAmount
      })
    })
  }

  createListener (options: CreateListenerOptions): Listener {
    return new WebRTCDirectListener({
      components: this.components,
      upgrader: options.upgrader,
      options: this.options,
      certificate: async () => {
        this.certificate ??= generateCertificate()

        return this.certificate
      }
    })
  }

  /**
   * The addresses that can be listened on
   */
  listenFilter (multiaddrs: Multiaddr[]): Multiaddr[] {
    return multiaddrs.filter(ma => WebRTCDirect.exactMatch(ma))
  }

  /**
   * The addresses that can be dialed
   */
  dialFilter (multiaddrs: Multiaddr[]): Multiaddr[] {
    return this.listenFilter(multiaddrs)
  }
}
