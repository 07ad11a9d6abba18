/**
 * The libp2p node behind each command.
 */
import { identify } from '@libp2p/identify'
import { FaultTolerance } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../index.ts'
import { PERF_PROTOCOL, servePerf } from './perf-protocol.ts'
import { ECHO_PROTOCOL, sendBack } from './send-back.ts'
import type { RequestCounts } from './request-counts.ts'
import type { DialerVersion } from '../wire/credentials.ts'
import type { Libp2p, PrivateKey, ServiceMap, Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { ServiceFactoryMap } from 'libp2p'

// one connection holds 512 streams in each direction
const MAX_STREAMS = 512

const nodes = new Set<Libp2p<any>>()

/**
 * Tells the remotes of all nodes that their connections end, and waits for nothing
 */
export function abortConnections (): void {
  for (const node of nodes) {
    node.getConnections().forEach(connection => { connection.abort(new Error('interrupted')) })
  }
}

function remember <T extends Libp2p<any>> (node: T): T {
  nodes.add(node)
  node.addEventListener('stop', () => { nodes.delete(node) })

  return node
}

export interface ListenerOptions {
  /**
   * Whether to serve `/perf/1.0.0` too, which lets everyone who can dial have as
   * many bytes as they like
   */
  perf?: boolean

  /**
   * The identity of the node; a fresh one by default
   */
  privateKey?: PrivateKey

  /**
   * Is told of requests that are refused
   */
  requests?: RequestCounts

  /**
   * An address can't be listened on, but another one can
   */
  onFailure?(failure: ListenFailure): void
}

export interface ListenFailure {
  address: Multiaddr
  error: Error
}

/**
 * A node that serves ping, echo and identify
 *
 * @throws {Error} if none of the addresses can be listened on
 */
export async function startListener (listen: Multiaddr[], { privateKey, perf = false, requests, onFailure }: ListenerOptions = {}): Promise<Libp2p> {
  const failures: ListenFailure[] = []
  const node = await createLibp2p({
    privateKey,
    addresses: { listen: listen.map(address => address.toString()) },
    transports: [components => watchListeners(webRTCDirect()(components), failure => { failures.push(failure) })],
    transportManager: {
      // libp2p does not tell of those of IPv6 alone
      faultTolerance: FaultTolerance.NO_FATAL
    },
    services: { identify: identify() },
    metrics: requests == null ? undefined : () => requests.metrics(),
    connectionManager: {
      // the transport has its own limit to what a stranger can start
      inboundConnectionThreshold: Infinity
    },
    connectionMonitor: {
      // the transport notices a peer that is gone
      enabled: false
    },
    start: false
  })

  // the ping protocol is an echo as well; the service of @libp2p/ping ends
  // every stream after ten seconds
  for (const protocol of [PING_PROTOCOL, ECHO_PROTOCOL]) {
    await node.handle(protocol, sendBack, { maxInboundStreams: MAX_STREAMS })
  }

  if (perf) {
    await node.handle(PERF_PROTOCOL, servePerf)
  }

  remember(node)
  await node.start()

  if (node.getMultiaddrs().length === 0) {
    await node.stop()
    throw new AggregateError(failures.map(describeListenFailure))
  }

  failures.forEach(failure => { onFailure?.(failure) })

  return node
}

export function describeListenFailure ({ address, error }: ListenFailure): Error {
  return new Error(`can't listen on ${address}: ${error.message}`)
}

/**
 * Tells of each address that can't be listened on
 */
function watchListeners (transport: Transport, onFailure: (failure: ListenFailure) => void): Transport {
  const createListener = transport.createListener.bind(transport)

  transport.createListener = (options) => {
    const listener = createListener(options)
    const listen = listener.listen.bind(listener)

    listener.listen = async (address) => {
      try {
        await listen(address)
      } catch (error: any) {
        onFailure({ address, error })
        throw error
      }
    }

    return listener
  }

  return transport
}

export interface DialerOptions {
  /**
   * How long a dial may take, in ms
   */
  timeout: number

  /**
   * The version of the protocol
   *
   * @default 'auto'
   */
  dialerVersion?: DialerVersion
}

/**
 * A node that only dials. It serves ping alone, unless it is given services:
 * rust-libp2p answers no pings of a peer that does not, and identify would get into
 * the way of the first ping.
 */
export async function startDialer <T extends ServiceMap> ({ timeout, dialerVersion }: DialerOptions, services?: ServiceFactoryMap<T>): Promise<Libp2p<T>> {
  const node = await createLibp2p<T>({
    services,
    transports: [webRTCDirect({ setupTimeout: timeout, iceTimeout: timeout, dialerVersion })],
    connectionManager: {
      // the transport ends a dial by itself, and knows in which step it was
      addressDialTimeout: timeout + 1_000
    },
    connectionMonitor: {
      enabled: false
    }
  })

  await node.handle(PING_PROTOCOL, sendBack)

  return remember(node)
}
