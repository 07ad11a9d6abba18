/**
 * The libp2p node behind each command.
 */
import { identify } from '@libp2p/identify'
import { PING_PROTOCOL } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../index.ts'
import { PERF_PROTOCOL, servePerf } from './perf-protocol.ts'
import { ECHO_PROTOCOL, sendBack } from './send-back.ts'
import type { Libp2p, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

// one connection holds 512 streams in each direction
const MAX_STREAMS = 512

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
}

/**
 * A node that serves ping, echo and identify
 */
export async function startListener (listen: Multiaddr[], { privateKey, perf = false }: ListenerOptions = {}): Promise<Libp2p> {
  const node = await createLibp2p({
    privateKey,
    addresses: { listen: listen.map(address => address.toString()) },
    transports: [webRTCDirect()],
    services: { identify: identify() },
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

  try {
    await node.start()
  } catch (err: any) {
    throw err.name === 'UnsupportedListenAddressesError' ? new Error(listenFailures(err.message)) : err
  }

  return node
}

/**
 * libp2p puts advice for programmers and the stack of each failure into its
 * message
 */
function listenFailures (message: string): string {
  const [, ...lines] = message.split('\n')

  return `can't listen on ${lines.filter(line => !/^\s*at /.test(line)).join(' ')}`
}

/**
 * A node that only dials. It serves ping alone: rust-libp2p answers no pings of
 * a peer that does not, and identify would get into the way of the first ping.
 *
 * @param timeout - how long a dial may take, in ms
 */
export async function startDialer (timeout: number): Promise<Libp2p> {
  const node = await createLibp2p({
    transports: [webRTCDirect({ setupTimeout: timeout, iceTimeout: timeout })],
    connectionManager: {
      // the transport ends a dial by itself, and knows in which step it was
      addressDialTimeout: timeout + 1_000
    },
    connectionMonitor: {
      enabled: false
    }
  })

  await node.handle(PING_PROTOCOL, sendBack)

  return node
}
