import { PrivateNetworkError } from './errors.ts'
import type { ConnectionProtector } from '@libp2p/interface'

export interface ProtectorComponents {
  connectionProtector?: ConnectionProtector
}

/**
 * libp2p protects connections that carry bytes: a peer without the key sees
 * noise. A WebRTC connection starts with packets of its own, which anybody can
 * read and answer, and whose streams no protector sees. go-libp2p refuses too.
 *
 * @throws {PrivateNetworkError} if the node has a `connectionProtector`
 */
export function refusePrivateNetwork ({ connectionProtector }: ProtectorComponents): void {
  if (connectionProtector != null) {
    throw new PrivateNetworkError('address: WebRTC Direct can not be protected by a connectionProtector (a pre-shared key): remove this transport from the nodes of a private network')
  }
}
