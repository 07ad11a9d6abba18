/**
 * Dials a multiaddr: which addresses, versions of the protocol and certificates
 * to try, in which order. The same over every stack.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { systemClock } from './clock.ts'
import { refusePrivateNetwork } from './private-network.ts'
import { dialSession } from './session.ts'
import { SetupWatch } from './setup-watch.ts'
import { Versions } from './versions.ts'
import { parseDialTarget, parseNamedDialTarget } from './wire/address.ts'
import type { Attempt } from './attempts.ts'
import type { WebRTCDirectDialEvents } from './dial-events.ts'
import type { TransportMetrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { Peer } from './ports.ts'
import type { ProtectorComponents } from './private-network.ts'
import type { SessionComponents } from './session.ts'
import type { DialTarget, Endpoint, Expectation, NamedDialTarget } from './wire/address.ts'
import type { Version } from './wire/credentials.ts'
import type { Connection, DialTransportOptions, Logger } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * A third try may still end within the 6 s that libp2p gives an address
 */
const MAX_REPEATS = 2

/**
 * What to connect with, and how
 */
export interface Try extends Endpoint {
  readonly version: Version

  /**
   * Whether the stack may go on with version 2 where it can't do version 1
   */
  readonly mayChangeVersion: boolean

  readonly fingerprints: Expectation['fingerprints']
}

/**
 * What a dialer needs of a stack
 */
export interface DialerStack {
  /**
   * Whether one connection can allow several certificates
   */
  readonly allowsManyFingerprints: boolean

  /**
   * Gets ready
   *
   * @throws {NativeStackError} and others, if there is no stack
   */
  load (): Promise<void>

  /**
   * The addresses of a name
   */
  resolve (target: NamedDialTarget, signal: AbortSignal): Promise<Endpoint[]>

  /**
   * Starts to connect
   */
  connect (target: Try): Peer
}

export interface DialerInit {
  components: SessionComponents & ProtectorComponents
  metrics?: TransportMetrics
  options: Options
  log: Logger
  stack: DialerStack
}

export class Dialer {
  private readonly init: DialerInit
  private readonly versions: Versions

  constructor (init: DialerInit) {
    this.init = init
    this.versions = new Versions(init.options.dialerVersion)
  }

  async dial (ma: Multiaddr, options: DialTransportOptions<WebRTCDirectDialEvents>): Promise<Connection> {
    const { log, metrics } = this.init
    const { onProgress } = options
    const watch = metrics == null && onProgress == null
      ? undefined
      : new SetupWatch({ clock: systemClock, log, address: ma, onProgress, recorder: metrics?.startSetup('dial') })

    try {
      const connection = await this.connect(ma, options, watch)
      watch?.end()

      return connection
    } catch (err: any) {
      watch?.end(err)
      throw err
    }
  }

  private async connect (ma: Multiaddr, { signal, upgrader, onProgress }: DialTransportOptions<WebRTCDirectDialEvents>, watch?: SetupWatch): Promise<Connection> {
    const { components, log, metrics, options, stack } = this.init

    refusePrivateNetwork(components)
    const target = parseNamedDialTarget(ma) ?? parseDialTarget(ma)
    log('dialing %a', ma)
    await stack.load()

    return dialSession({
      components,
      upgrader,
      options,
      log,
      signal,
      watch,
      metrics,
      onProgress,
      remoteAddr: ma,
      fingerprints: target.fingerprints,
      remotePeer: target.peerId == null ? undefined : peerIdFromString(target.peerId),
      onConnected: (attempt, peer) => { this.onConnected(target, attempt, peer) },
      attempts: 'host' in target
        ? this.attempts(target, [target])
        : async (signal) => {
          const endpoints = await stack.resolve(target, signal)
          const hosts = endpoints.map(({ host }) => host)
          log('%s is %s', target.name, hosts.join(', '))
          watch?.resolved(hosts)

          return this.attempts(target, endpoints)
        }
    })
  }

  /**
   * Every address with the first version, then with the second one
   */
  private attempts (target: DialTarget | NamedDialTarget, endpoints: readonly Endpoint[]): Attempt[] {
    const { iceTimeout } = this.init.options
    const [first, second] = this.versions.toTry(listenerOf(target))
    const attempts = endpoints.map(endpoint => this.attempt(target, endpoint, first, second != null))

    if (second == null) {
      return attempts
    }

    const delay = this.versions.delay(iceTimeout)

    return [
      ...attempts,
      ...endpoints.map((endpoint, i) => ({
        ...this.attempt(target, endpoint, second, false),
        delay: i === 0 ? delay : undefined,
        iceTimeout: iceTimeout - delay,
        insteadOf: attempts[i]
      }))
    ]
  }

  private attempt ({ fingerprints }: Expectation, endpoint: Endpoint, version: Version, mayChangeVersion: boolean): Attempt {
    const { options, stack } = this.init
    const choices = stack.allowsManyFingerprints ? [fingerprints] : fingerprints.map(fingerprint => [fingerprint] as const)

    return {
      host: endpoint.host,
      port: endpoint.port,
      version,
      iceTimeout: options.iceTimeout,
      maxRepeats: MAX_REPEATS,
      starts: choices.map(fingerprints => () => stack.connect({ ...endpoint, version, mayChangeVersion, fingerprints }))
    }
  }

  private onConnected (target: DialTarget | NamedDialTarget, attempt: Attempt, { version }: Peer): void {
    this.init.log('connected with version %d', version)

    if (version !== attempt.version) {
      this.versions.onRefused()
    } else {
      this.versions.onConnected(listenerOf(target), version)
    }
  }
}

/**
 * What tells one listener from another
 */
function listenerOf (target: DialTarget | NamedDialTarget): string {
  return target.peerId ?? `${'host' in target ? target.host : target.name} ${target.port}`
}
