/**
 * What can be refused by the address of a dialer alone, before anything is
 * allocated for it.
 */
import { UnsupportedOperationError } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import { raceSignal } from 'race-signal'
import { ConnectionSetupError } from './errors.ts'
import type { Connection, ConnectionGater, Logger, MultiaddrConnection } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * What is needed of the connection manager of libp2p
 */
export interface ConnectionLimits {
  getMaxConnections (): number
  getConnectionsMap (): { values (): Iterable<Connection[]> }
  acceptIncomingConnection (maConn: MultiaddrConnection): boolean
  afterUpgradeInbound (): void
}

export interface GaterComponents {
  connectionGater?: ConnectionGater
  connectionManager?: ConnectionLimits
}

/**
 * - `denied`: by the gater
 * - `limit`: the node has as many connections as it may have
 */
export type Refusal = 'denied' | 'limit'

/**
 * How many connections a node may have that is asked whether it takes one more:
 * libp2p copies its list once for each peer then, which takes longer than a set-up
 * where there are more (1 ms for 1,000, 36 ms for 10,000)
 */
const MAX_COUNTED = 2_000

/**
 * Asks about the source of a first packet, which is not proven: `maxConnections` of
 * the node, and `denyInboundConnection` of its gater. libp2p asks both again about
 * the connection, when the peer is known. `onRefused` is told before this throws.
 *
 * @throws {ConnectionSetupError} if there may be no connection, or if the gater
 * closes it or fails
 */
export async function askNode ({ connectionGater, connectionManager }: GaterComponents, remoteAddr: Multiaddr, signal: AbortSignal, log: Logger, onRefused: (reason: Refusal) => void): Promise<void> {
  const maConn: MultiaddrConnection = new UnprovenConnection({ remoteAddr, direction: 'inbound', log: log.newScope('connection') })

  if (connectionManager != null && isFull(connectionManager) && !isExempt(connectionManager, maConn)) {
    onRefused('limit')
    throw new ConnectionSetupError('the node has as many connections as it may have', 'address')
  }

  if (connectionGater?.denyInboundConnection == null) {
    return
  }

  let denied: boolean

  try {
    denied = await raceSignal(Promise.resolve(connectionGater.denyInboundConnection(maConn)), signal)
  } catch (cause: any) {
    if (signal.aborted) {
      throw cause
    }

    log.error('the gater could not decide on a connection with %a - %e', remoteAddr, cause)
    onRefused('denied')
    throw new ConnectionSetupError(`the gater could not decide: ${cause.message}`, 'address', { cause })
  }

  if (denied || maConn.status !== 'open') {
    onRefused('denied')
    throw new ConnectionSetupError('the gater denies the connection', 'address')
  }
}

function isFull (manager: ConnectionLimits): boolean {
  let connections = 0

  for (const ofPeer of manager.getConnectionsMap().values()) {
    connections += ofPeer.length
  }

  return connections >= manager.getMaxConnections() && connections <= MAX_COUNTED
}

/**
 * Whether the address is in the allow list of the node: nothing else lets a
 * connection in where the node is full. The list can't be read. A question counts for
 * `inboundConnectionThreshold` of the address, which a stranger may have made up, so
 * there is none where the node may let it in.
 */
function isExempt (manager: ConnectionLimits, maConn: MultiaddrConnection): boolean {
  const accepted = manager.acceptIncomingConnection(maConn)

  if (accepted) {
    // nothing is pending yet
    manager.afterUpgradeInbound()
  }

  return accepted
}

/**
 * Where a packet came from, and nothing else yet
 */
class UnprovenConnection extends AbstractMultiaddrConnection {
  sendData (): SendResult {
    throw new UnsupportedOperationError('There is no connection yet')
  }

  async sendClose (): Promise<void> {}
  sendReset (): void {}
  sendPause (): void {}
  sendResume (): void {}
}
