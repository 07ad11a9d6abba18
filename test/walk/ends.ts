/**
 * A dialer and a listener over a network in memory, each with what a libp2p node
 * does for its connections
 */
import { generateKeyPair } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { TypedEventEmitter } from 'main-event'
import { resolveOptions } from '../../src/options.ts'
import { encodeCerthash, withCerthash } from '../../src/wire/address.ts'
import { load } from './instrument.ts'
import { Network } from './network.ts'
import { reach } from './points.ts'
import { Track } from './track.ts'
import { TestUpgrader } from './upgrader.ts'
import type { NetworkPeer } from './network.ts'
import type { TestConnection } from './upgrader.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { CertificateEvents, CertificateSource } from '../../src/certificates/certificate.ts'
import type { WebRTCDirectConnection } from '../../src/connection.ts'
import type { Dialer } from '../../src/dialer.ts'
import type { WebRTCDirectListener } from '../../src/listener.ts'
import type { Options } from '../../src/options.ts'
import type { SessionComponents } from '../../src/session.ts'
import type { Endpoint } from '../../src/wire/address.ts'
import type { Version } from '../../src/wire/credentials.ts'
import type { ConnectionGater, MultiaddrConnection, Stream } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const HOST = '192.0.2.1'
const PORT = 4_001
const LISTEN_ON = multiaddr(`/ip4/${HOST}/udp/${PORT}/webrtc-direct`)

const { Dialer: DialerWithPoints } = await load<{ Dialer: typeof Dialer }>('dialer.js', 'memory')
const { WebRTCDirectListener: ListenerWithPoints } = await load<{ WebRTCDirectListener: typeof WebRTCDirectListener }>('listener.js', 'memory')

const log = defaultLogger().forComponent('test')
const certificate = { pem: '', privateKey: '', fingerprint: new Uint8Array(32).fill(2) }
const certhash = encodeCerthash(certificate.fingerprint)

/**
 * One that nobody presents
 */
const otherCerthash = encodeCerthash(new Uint8Array(32).fill(3))

async function components (): Promise<SessionComponents> {
  const privateKey = await generateKeyPair('Ed25519')

  return { privateKey, peerId: peerIdFromPrivateKey(privateKey), logger: defaultLogger() }
}

// the same for all runs
const dialerComponents = await components()
const listenerComponents = await components()

class Certificates extends TypedEventEmitter<CertificateEvents> implements CertificateSource {
  readonly current = { presented: certificate }

  async load (): Promise<void> {
    await new Promise(resolve => { setImmediate(resolve) })
  }

  stop (): void {}
}

export interface EndsInit {
  /**
   * What the listener knows
   *
   * @default [1, 2]
   */
  versions?: readonly Version[]

  /**
   * Whether the address has a name, which is that of a host that does not answer and
   * of the listener
   */
  isNamed?: boolean

  /**
   * Whether the stack of the dialer takes one certhash at a time, and the address has
   * two
   */
  hasManyCerthashes?: boolean

  /**
   * What the listener asks about strangers
   */
  gater?: ConnectionGater

  /**
   * Whether the node of the listener refuses the connection
   */
  refuses?: boolean

  /**
   * What both ends do with a stream of the remote
   */
  serve? (stream: Stream): Promise<void>
}

export class Ends {
  readonly network: Network
  readonly track: Track
  readonly listener: WebRTCDirectListener
  readonly dialerNode: TestUpgrader
  readonly listenerNode: TestUpgrader
  readonly certificates = new Certificates()
  readonly caller = new AbortController()
  readonly address: Multiaddr
  private readonly dialer: Dialer

  constructor (time: VirtualTime, init: EndsInit = {}) {
    const options: Options = resolveOptions({ dataChannel: { maxBufferedAmount: 2_048, maxMessageSize: 1_024 } })
    const hosts: Endpoint[] = ['192.0.2.2', HOST].map(host => ({ host, port: PORT, family: 4 }))

    this.network = new Network(time)
    this.network.versions = init.versions ?? [1, 2]
    this.track = new Track()

    const serve = (stream: Stream): void => {
      if (init.serve != null) {
        void this.track.add('serve', init.serve(stream))
      }
    }

    this.dialerNode = new TestUpgrader('dialer', serve)
    this.listenerNode = new TestUpgrader('listener', serve, init.refuses)
    this.listener = new ListenerWithPoints({
      components: { ...listenerComponents, connectionGater: init.gater },
      upgrader: this.listenerNode.upgrader,
      options,
      certificates: this.certificates
    })
    this.dialer = new DialerWithPoints({
      components: dialerComponents,
      options,
      log,
      stack: {
        allowsManyFingerprints: init.hasManyCerthashes !== true,
        load: async () => { await new Promise(resolve => { setImmediate(resolve) }) },
        resolve: async () => {
          await new Promise(resolve => { setImmediate(resolve) })

          return hosts
        },
        connect: target => this.network.dial(target, certificate, options.maxBufferedAmount)
      }
    })

    const ma = init.isNamed === true ? multiaddr(`/dns4/example.com/udp/${PORT}/webrtc-direct`) : LISTEN_ON
    this.address = withCerthash(ma, ...init.hasManyCerthashes === true ? [otherCerthash, certhash] : [certhash]).encapsulate(`/p2p/${listenerComponents.peerId}`)
  }

  async listen (): Promise<void> {
    await this.track.add('listen', this.listener.listen(LISTEN_ON))
  }

  async dial (): Promise<void> {
    reach('dial', 'code')

    await this.track.add('dial', this.dialer.dial(this.address, { signal: this.caller.signal, upgrader: this.dialerNode.upgrader }))
  }

  /**
   * The one of the dialer, then that of the listener
   */
  get connections (): TestConnection[] {
    return [...this.dialerNode.connections, ...this.listenerNode.connections]
  }

  /**
   * The connections that nobody was told the end of
   */
  get forgotten (): MultiaddrConnection[] {
    return [this.dialerNode, this.listenerNode].flatMap(({ maConns }) => maConns).filter(maConn => {
      const { state } = (maConn as WebRTCDirectConnection)['peer'] as NetworkPeer

      return maConn.status === 'open' && (state === 'ended' || state === 'closed')
    })
  }

  /**
   * What a node does when it stops
   */
  async finish (): Promise<void> {
    await Promise.all([this.dialerNode, this.listenerNode].map(async ({ connections, name }) => {
      await Promise.all(connections.map(async connection => {
        await this.track.add(`close of the ${name}`, connection.closeOrAbort())
      }))
    }))
    await this.track.add('close of the listener', this.listener.close())
  }
}
