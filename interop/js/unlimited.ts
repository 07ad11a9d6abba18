import type { Libp2pOptions } from 'libp2p'

/**
 * A node that refuses nothing, and closes nothing by itself. The 6 s that libp2p gives an
 * address are what a dial takes over a round trip of 0.9 s.
 */
export const UNLIMITED = {
  connectionGater: { denyDialMultiaddr: () => false },
  connectionManager: {
    inboundConnectionThreshold: Infinity,
    maxIncomingPendingConnections: Infinity,
    maxConnections: Infinity,
    addressDialTimeout: 20_000,
    dialTimeout: 20_000,
    reconnectRetries: 0
  },
  connectionMonitor: { enabled: false }
} satisfies Libp2pOptions
