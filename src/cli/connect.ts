/**
 * How a command connects, and what machines are told of it.
 */
import type { OutputObject } from './output.ts'
import type { AbortOptions, Connection, Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface Connected {
  connection: Connection
  peerId: string

  /**
   * How long it took, in ms
   */
  connectTime: number
}

export async function connect (node: Pick<Libp2p, 'dial'>, address: Multiaddr, options: AbortOptions): Promise<Connected> {
  const start = performance.now()
  const connection = await node.dial(address, options)

  return { connection, peerId: connection.remotePeer.toString(), connectTime: performance.now() - start }
}

export function describeConnected (event: string, { connection, peerId, connectTime }: Connected): OutputObject {
  return { event, peerId, address: connection.remoteAddr.toString(), time: connectTime }
}
