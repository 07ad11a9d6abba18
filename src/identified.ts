/**
 * What identify tells of a remote: a stream of a protocol that it speaks needs no round
 * trip to be negotiated (`first-flight.ts`), and one of js-libp2p reads longer messages
 * (`frame-size.ts`).
 */
import type { IdentifyResult, Libp2pEvents, PeerId } from '@libp2p/interface'
import type { TypedEventTarget } from 'main-event'

export interface IdentifyComponents {
  /**
   * Without it, nothing is known of a remote but what its streams show
   */
  events?: TypedEventTarget<Libp2pEvents>
}

/**
 * Calls back whenever identify tells of a peer, until the function that is returned
 * is called
 */
export function onIdentified ({ events }: IdentifyComponents, peer: PeerId, callback: (remote: IdentifyResult) => void): () => void {
  const listener = ({ detail }: CustomEvent<IdentifyResult>): void => {
    if (detail.peerId.equals(peer)) {
      callback(detail)
    }
  }

  events?.addEventListener('peer:identify', listener)

  return () => { events?.removeEventListener('peer:identify', listener) }
}
