import { serviceCapabilities, transportSymbol } from '@libp2p/interface'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { createCertificateSource } from './certificates/source.ts'
import { systemClock } from './clock.ts'
import { Dialer } from './dialer.ts'
import { WebRTCDirectListener } from './listener.ts'
import { TransportMetrics } from './metrics.ts'
import { resolveName } from './names.node.ts'
import { dialPeer } from './native/connect.ts'
import { loadStack } from './native/stack.ts'
import { resolveOptions } from './options.ts'
import { generateCredentials } from './wire/credentials.ts'
import type { CertificateSource } from './certificates/certificate.ts'
import type { CertificateSourceComponents } from './certificates/source.ts'
import type { DateClock } from './clock.ts'
import type { WebRTCDirectDialEvents } from './dial-events.ts'
import type { GaterComponents } from './gater.ts'
import type { NameComponents } from './names.ts'
import type { Options, WebRTCDirectInit } from './options.ts'
import type { ProtectorComponents } from './private-network.ts'
import type { SessionComponents } from './session.ts'
import type { Connection, CreateListenerOptions, DialTransportOptions, Listener, Startable, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What the transport needs of the node it is part of
 */
export interface WebRTCDirectComponents extends SessionComponents, CertificateSourceComponents, GaterComponents, NameComponents, ProtectorComponents {}

/**
 * The webrtc-direct transport
 */
export class WebRTCDirectTransport implements Transport<WebRTCDirectDialEvents>, Startable {
  private readonly components: WebRTCDirectComponents
  private readonly options: Options
  private readonly metrics?: TransportMetrics
  private readonly dialer: Dialer
  private readonly certificates: CertificateSource

  constructor (components: WebRTCDirectComponents, init?: WebRTCDirectInit, clock: DateClock = systemClock) {
    this.components = components
    this.options = resolveOptions(init)
    this.metrics = components.metrics == null ? undefined : new TransportMetrics(components.metrics)
    this.certificates = createCertificateSource(components, this.options.certificate, clock)
    const log = components.logger.forComponent('libp2p:webrtc-direct')
    const { maxBufferedAmount, mtu } = this.options

    this.dialer = new Dialer({
      components,
      metrics: this.metrics,
      options: this.options,
      log,
      stack: {
        allowsManyFingerprints: true,
        load: loadStack,
        resolve: (target, signal) => resolveName(target, components, signal),
        connect: (target) => dialPeer(target, generateCredentials(target.version), { log, maxBufferedAmount, mtu })
      }
    })
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
  async dial (ma: Multiaddr, options: DialTransportOptions<WebRTCDirectDialEvents>): Promise<Connection> {
    return this.dialer.dial(ma, options)
  }

  createListener (options: CreateListenerOptions): Listener {
    return new WebRTCDirectListener({
      components: this.components,
      upgrader: options.upgrader,
      options: this.options,
      certificates: this.certificates,
      metrics: this.metrics
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
