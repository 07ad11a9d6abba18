import type { Libp2pOptions } from 'libp2p'

/**
 * A node that refuses nothing, and closes nothing by itself
 */
export const UNLIMITED = {
  connectionGater: { denyDialMultiaddr: () => false },
  connectionManager: {
    inboundConnectionThreshold: Infinity,
    maxIncomingPendingConnections: Infinity,
    maxConnections: Infinity,
    reconnectRetries: 0
  },
  connectionMonitor: { enabled: false }
} satisfies Libp2pOptions
