/**
 * The node of an end, as a program makes one: with the default options of the
 * transport
 */
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { loadImplementation } from '../../interop/js/implementations.ts'
import type { Libp2p } from '@libp2p/interface'

export interface NodeInit {
  /**
   * The transport: `ours` or `js-libp2p`
   */
  implementation: string

  /**
   * Whether libp2p's connection monitor is on, with its defaults
   */
  monitor: boolean

  role: 'listener' | 'dialer'
}

/**
 * More pings at a time than a slow path leaves open
 */
const MAX_PINGS = 64

export async function startNode ({ implementation, monitor, role }: NodeInit): Promise<Libp2p> {
  const { transport, anyPort } = await loadImplementation(implementation)

  return createLibp2p({
    addresses: { listen: role === 'listener' ? [`/ip4/127.0.0.1/udp/${await anyPort()}/webrtc-direct`] : [] },
    transports: [transport],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    connectionMonitor: { enabled: monitor },
    services: {
      identify: identify(),
      ping: ping({ maxInboundStreams: MAX_PINGS, maxOutboundStreams: MAX_PINGS })
    }
  })
}
