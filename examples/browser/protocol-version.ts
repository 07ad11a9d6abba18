/**
 * Which version of the protocol does a connection speak?
 */
import type { Connection } from '@libp2p/interface'

export function protocolVersion (connection: Connection): string {
  return connection.multiplexer == null ? 'unknown' : '1'
}
