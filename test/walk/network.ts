/**
 * A network in memory, behind the functions of `src/native`: listeners, dialers
 * that ask, and connections that go through ICE, DTLS and SCTP, a turn of the event
 * loop for each. What is called through the ports is a point.
 */
import { ConnectionFailedError } from '@libp2p/interface'
import { ConnectionLostError } from '../../src/errors.ts'
import { generateCredentials } from '../../src/wire/credentials.ts'
import { memoryPair } from '../support/memory-peer.ts'
import { pointed } from './pointed.ts'
import type { VirtualTime } from './virtual-time.ts'
import type { TransportCertificate } from '../../src/certificates/certificate.ts'
import type { Try } from '../../src/dialer.ts'
import type { PeerInit } from '../../src/native/peer.ts'
import type { Channel, Mux, Path, Peer, PeerHandler, SocketAddress, StunRequest } from '../../src/ports.ts'
import type { Endpoint } from '../../src/wire/address.ts'
import type { CredentialPair, Version } from '../../src/wire/credentials.ts'
import type { MemoryPeer } from '../support/memory-peer.ts'

type OnRequest = (request: StunRequest) => void

/**
 * How often a dialer asks, in ms
 */
const ASK_INTERVAL = 500

/**
 * When a stack notices that nothing comes any more, in ms
 */
const NOTICED = 20_000

const DIALER = { host: '198.51.100.1', port: 1_024 }

interface Association {
  readonly dialer: MemoryPeer
  readonly listener: MemoryPeer
  readonly dialing: NetworkPeer
  accepting?: NetworkPeer
}

export class Network {
  /**
   * By their host
   */
  private readonly listeners = new Map<string, { onRequest: OnRequest, versions: readonly Version[] }>()
  private readonly associations = new Map<string, Association>()
  private readonly time: VirtualTime
  private isCut = false

  /**
   * The ends that the stack holds
   */
  readonly open = new Set<NetworkPeer>()

  /**
   * What has left a callback
   */
  readonly thrown: unknown[] = []

  constructor (time: VirtualTime) {
    this.time = time
    current = this
  }

  /**
   * The versions that those listeners know which are opened from now on
   */
  versions: readonly Version[] = [1, 2]

  listen ({ host, port }: Endpoint, onRequest: OnRequest): Mux {
    this.listeners.set(host, { onRequest, versions: this.versions })

    return { port, host, close: () => { this.listeners.delete(host) } }
  }

  get isListening (): boolean {
    return this.listeners.size > 0
  }

  dial (target: Try, certificate: TransportCertificate, maxBufferedAmount: number): Peer {
    const { server, client, version } = generateCredentials(target.version)
    const [dialer, listener] = memoryPair({ highWaterMark: maxBufferedAmount })
    const dialing = new NetworkPeer(this, dialer, version, certificate.fingerprint)
    this.associations.set(server.ufrag, { dialer, listener, dialing })

    const ask = (): void => {
      const remote = this.listeners.get(target.host)

      if (dialing.state === 'ice') {
        this.time.outside(ASK_INTERVAL, ask)

        if (!this.isCut && remote?.versions.includes(version) === true) {
          remote.onRequest({ serverUfrag: server.ufrag, clientUfrag: client.ufrag, ...DIALER })
        }
      }
    }

    setImmediate(ask)

    return pointed(dialing, 'peer', this)
  }

  accept ({ serverUfrag }: StunRequest, { version }: CredentialPair, certificate: TransportCertificate, init: PeerInit): Peer {
    const association = this.associations.get(serverUfrag)

    if (association == null) {
      throw new Error('A dialer that never dialed')
    }

    const { dialing, listener } = association
    const accepting = new NetworkPeer(this, listener, version, certificate.fingerprint)
    association.accepting = accepting

    const proceed = (): void => {
      if (this.isCut || dialing.isOver || accepting.isOver) {
        return
      }

      if (dialing.state === 'ice') {
        init.onAnswered?.()
      }

      dialing.proceed()
      accepting.proceed()
      setImmediate(proceed)
    }

    setImmediate(proceed)

    return pointed(accepting, 'peer', this)
  }

  /**
   * Nothing arrives any more, and both ends notice that late
   */
  cut (): void {
    this.isCut = true

    for (const { dialer, listener } of this.associations.values()) {
      dialer.remote = undefined
      listener.remote = undefined
    }

    this.time.outside(NOTICED, () => { this.lose() })
  }

  /**
   * Both stacks say that the connections are lost
   */
  lose (): void {
    for (const peer of this.open) {
      peer.lose()
    }
  }

  get isAssociated (): boolean {
    return [...this.associations.values()].some(({ dialing }) => !dialing.isOver)
  }
}

let current: Network | undefined

function network (): Network {
  if (current == null) {
    throw new Error('There is no network')
  }

  return current
}

type State = 'ice' | 'dtls' | 'sctp' | 'up' | 'ended' | 'closed'

export class NetworkPeer implements Peer {
  readonly handshakeChannel: Channel
  readonly version: Version
  readonly maxChannelId: number
  readonly opensEvenIds: boolean
  readonly choosesIds = false
  readonly maxChunkSize = 1_144
  readonly sendBufferSize = 0
  readonly holdsUnacknowledged = true
  readonly noticesSilence = true
  state: State = 'ice'
  private readonly network: Network
  private readonly inner: MemoryPeer
  private readonly listenerFingerprint: Uint8Array
  private readonly ready = Promise.withResolvers<void>()
  private readonly freed = Promise.withResolvers<void>()
  private handler?: PeerHandler

  constructor (network: Network, inner: MemoryPeer, version: Version, listenerFingerprint: Uint8Array) {
    this.network = network
    this.inner = inner
    this.version = version
    this.listenerFingerprint = listenerFingerprint
    this.maxChannelId = inner.maxChannelId
    this.opensEvenIds = inner.opensEvenIds
    this.handshakeChannel = inner.handshakeChannel
    this.ready.promise.catch(() => {})
    network.open.add(this)

    inner.attach({
      onChannel: (channel) => {
        if (this.handler == null) {
          channel.close()
        } else {
          this.handler.onChannel(channel)
        }
      },
      onClosed: (err) => {
        const { handler } = this
        this.ready.reject(new ConnectionFailedError('The connection could not be made'))
        this.free('ended')
        handler?.onClosed(err)
      }
    })
  }

  get isOver (): boolean {
    return this.state === 'ended' || this.state === 'closed'
  }

  proceed (): void {
    switch (this.state) {
      case 'ice':
        this.state = 'dtls'
        break
      case 'dtls':
        this.state = 'sctp'
        break
      case 'sctp':
        this.state = 'up'
        this.ready.resolve()
        break
      default:
    }
  }

  lose (): void {
    if (this.state === 'up' || this.state === 'sctp') {
      this.inner.lose(new ConnectionLostError(NOTICED))
    }
  }

  private free (state: 'ended' | 'closed'): void {
    this.state = state
    this.handler = undefined

    // the stack takes its time
    setImmediate(() => {
      this.network.open.delete(this)
      this.freed.resolve()
    })
  }

  async connected (signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()

    const onAbort = (): void => { this.ready.reject(signal.reason) }
    signal.addEventListener('abort', onAbort)

    try {
      await this.ready.promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  phase (): 'ice' | 'dtls' | 'sctp' {
    return this.state === 'ice' || this.state === 'dtls' ? this.state : 'sctp'
  }

  private get fingerprints (): [Uint8Array, Uint8Array] {
    const dialer = new Uint8Array(32).fill(1)

    return this.opensEvenIds ? [dialer, this.listenerFingerprint] : [this.listenerFingerprint, dialer]
  }

  localFingerprint (): Uint8Array {
    return this.fingerprints[0]
  }

  remoteFingerprint (): Uint8Array | undefined {
    return this.phase() === 'sctp' ? this.fingerprints[1] : undefined
  }

  remoteEndpoint (): SocketAddress | undefined {
    return this.opensEvenIds ? undefined : DIALER
  }

  async path (): Promise<Path> {
    return { rtt: this.rtt(), remote: this.remoteEndpoint() }
  }

  openChannel (id?: number): Channel {
    return this.inner.openChannel(id)
  }

  attach (handler: PeerHandler): void {
    this.handler = handler
  }

  rtt (): number {
    return 1
  }

  acknowledged (): undefined {}

  bytesReceived (): number {
    return this.inner.bytesReceived()
  }

  bytesSent (): number {
    return this.inner.bytesSent()
  }

  nudge (): void {
    this.inner.nudge()
  }

  async close (): Promise<void> {
    if (!this.isOver) {
      void this.inner.close()
      this.ready.reject(new ConnectionFailedError('The connection was closed'))
      this.free('closed')
    }

    return this.freed.promise
  }
}

// --- what `src/native` is replaced with ---

export function acceptPeer (request: StunRequest, credentials: CredentialPair, mux: Mux, certificate: TransportCertificate, init: PeerInit): Peer {
  return network().accept(request, credentials, certificate, init)
}

export async function openMux (endpoint: Endpoint, onRequest: OnRequest): Promise<Mux> {
  await new Promise(resolve => { setImmediate(resolve) })

  return network().listen(endpoint, onRequest)
}
