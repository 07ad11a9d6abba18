/**
 * What identify tells of a remote: a stream of a protocol that it speaks needs no round
 * trip to be negotiated (`first-flight.ts`), and one of js-libp2p reads longer messages
 * (`frame-size.ts`).
 *
 * The node tells it once for all connections. One listener passes it on to those of the
 * peer: with one each, a thousand connections would take a million calls to be
 * identified.
 */
import type { IdentifyResult, Libp2pEvents, PeerId } from '@libp2p/interface'
import type { TypedEventTarget } from 'main-event'

type Callback = (remote: IdentifyResult) => void

export interface IdentifyComponents {
  /**
   * Without it, nothing is known of a remote but what its streams show
   */
  events?: TypedEventTarget<Libp2pEvents>
}

/**
 * Those who wait to be told, by peer
 */
class Waiting {
  private readonly events: TypedEventTarget<Libp2pEvents>
  private readonly callbacks = new Map<string, Set<Callback>>()

  constructor (events: TypedEventTarget<Libp2pEvents>) {
    this.events = events
  }

  add (peer: string, callback: Callback): void {
    if (this.callbacks.size === 0) {
      this.events.addEventListener('peer:identify', this.tell)
    }

    const callbacks = this.callbacks.get(peer) ?? new Set()
    this.callbacks.set(peer, callbacks.add(callback))
  }

  delete (peer: string, callback: Callback): void {
    const callbacks = this.callbacks.get(peer)

    if (callbacks?.delete(callback) === true && callbacks.size === 0) {
      this.callbacks.delete(peer)
    }

    if (this.callbacks.size === 0) {
      this.events.removeEventListener('peer:identify', this.tell)
    }
  }

  private readonly tell = ({ detail }: CustomEvent<IdentifyResult>): void => {
    this.callbacks.get(detail.peerId.toString())?.forEach(callback => { callback(detail) })
  }
}

const nodes = new WeakMap<TypedEventTarget<Libp2pEvents>, Waiting>()

/**
 * Calls back whenever identify tells of a peer, until the function that is returned
 * is called
 */
export function onIdentified ({ events }: IdentifyComponents, peer: PeerId, callback: Callback): () => void {
  if (events == null) {
    return () => {}
  }

  const name = peer.toString()
  const waiting = nodes.get(events) ?? new Waiting(events)
  nodes.set(events, waiting)
  waiting.add(name, callback)

  return () => { waiting.delete(name, callback) }
}
