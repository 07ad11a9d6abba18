/**
 * Which protocols a remote speaks, as identify has told: a stream of one of them needs
 * no round trip to be negotiated (`first-flight.ts`).
 */
import type { IdentifyResult, Libp2pEvents, PeerId } from '@libp2p/interface'
import type { TypedEventTarget } from 'main-event'

export interface IdentifyComponents {
  /**
   * Without it, what a remote speaks is learned from its streams alone
   */
  events?: TypedEventTarget<Libp2pEvents>
}

/**
 * Calls back whenever identify tells of a peer, until the function that is returned
 * is called
 */
export function onIdentified ({ events }: IdentifyComponents, peer: PeerId, callback: (protocols: readonly string[]) => void): () => void {
  const listener = ({ detail }: CustomEvent<IdentifyResult>): void => {
    if (detail.peerId.equals(peer)) {
      callback(detail.protocols)
    }
  }

  events?.addEventListener('peer:identify', listener)

  return () => { events?.removeEventListener('peer:identify', listener) }
}
