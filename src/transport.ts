import { serviceCapabilities, transportSymbol } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { createCertificateSource } from './certificates/source.ts'
import { systemClock } from './clock.ts'
import { WebRTCDirectListener } from './listener.ts'
import { resolveName } from './names.node.ts'
import { dialPeer } from './native/connect.ts'
import { loadStack } from './native/stack.ts'
import { resolveOptions } from './options.ts'
import { refusePrivateNetwork } from './private-network.ts'
import { dialSession } from './session.ts'
import { parseDialTarget, parseNamedDialTarget } from './wire/address.ts'
import { generateCredentials } from './wire/credentials.ts'
import type { Attempt } from './attempts.ts'
import type { CertificateSource } from './certificates/certificate.ts'
import type { CertificateSourceComponents } from './certificates/source.ts'
import type { DateClock } from './clock.ts'
import type { GaterComponents } from './gater.ts'
import type { NameComponents } from './names.node.ts'
import type { Options, WebRTCDirectInit } from './options.ts'
import type { ProtectorComponents } from './private-network.ts'
import type { SessionComponents } from './session.ts'
import type { DialTarget } from './wire/address.ts'
import type { Connection, CreateListenerOptions, DialTransportOptions, Listener, Logger, Startable, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What the transport needs of the node it is part of
 */
export interface WebRTCDirectComponents extends SessionComponents, CertificateSourceComponents, GaterComponents, NameComponents, ProtectorComponents {}

/**
 * The webrtc-direct transport
 */
export class WebRTCDirectTransport implements Transport, Startable {
  private readonly components: WebRTCDirectComponents
  private readonly options: Options
  private readonly log: Logger
  private readonly certificates: CertificateSource

  constructor (components: WebRTCDirectComponents, init?: WebRTCDirectInit, clock: DateClock = systemClock) {
    this.components = components
    this.options = resolveOptions(init)
    this.certificates = createCertificateSource(components, this.options.certificate, clock)
    this.log = components.logger.forComponent('libp2p:webrtc-direct')
  }

  readonly [transportSymbol] = true

  readonly [Symbol.toStringTag] = 'libp2p-transport-webrtc-direct'

  readonly [serviceCapabilities]: string[] = ['@libp2p/transport']

  /**
   * @throws {InvalidParametersError} if the certificate that was given is not
   * usable
   * @throws {CertificateStoreError} if a certificate that is stored can't be used
   */
  async start (): Promise<void> {
    // nothing can be wrong with one that is derived: it takes its time where a
    // listener needs it
    if (this.options.certificate.from !== 'derived') {
      await this.certificates.load()
    }
  }

  stop (): void {
    this.certificates.stop()
  }

  /**
   * @throws {InvalidMultiaddrError} if the address is malformed or its certhash
   * uses a hash function that is not supported
   * @throws {PrivateNetworkError} if the node has a `connectionProtector`
   * @throws {NativeThreadError} if another thread of the process uses the native
   * stack, or has used it
   * @throws {NativeStackError} if it can't be loaded
   * @throws {SetupTimeoutError} if the connection is not made in time
   * @throws {CertificateMismatchError} if another certificate was presented
   * @throws {UnexpectedPeerError} if another peer answered
   * @throws {AbortError} if the signal was aborted
   * @throws {ConnectionSetupError} if the set-up failed otherwise
   */
  async dial (ma: Multiaddr, options: DialTransportOptions): Promise<Connection> {
    refusePrivateNetwork(this.components)
    const target = parseNamedDialTarget(ma) ?? parseDialTarget(ma)
    this.log('dialing %a', ma)
    await loadStack()

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
      attempts: 'host' in target
        ? [this.attempt(target)]
        : async (signal) => {
          const endpoints = await resolveName(target, this.components, signal)
          this.log('%s is %s', target.name, endpoints.map(({ host }) => host).join(', '))

          return endpoints.map(endpoint => this.attempt({ ...target, ...endpoint }))
        }
    })
  }

  private attempt (target: DialTarget): Attempt {
    return {
      host: target.host,
      start: () => dialPeer(target, generateCredentials(), {
        log: this.log,
        maxBufferedAmount: this.options.maxBufferedAmount
      })
    }
  }

  createListener (options: CreateListenerOptions): Listener {
    return new WebRTCDirectListener({
      components: this.components,
      upgrader: options.upgrader,
      options: this.options,
      certificates: this.certificates
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
