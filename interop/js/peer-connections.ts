/**
 * The connections of a node by peer, and how to get another one.
 */
import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { pEvent } from 'p-event'
import type { Connection, Libp2p } from '@libp2p/interface'

/**
 * How long after the end of a stream the end of its connection may show, in ms
 */
const END_DELAY = 2_000

export class PeerConnections {
  private readonly node: Libp2p
  private readonly addresses = new Map<string, string>()
  private readonly redials = new Map<string, Promise<Connection>>()

  constructor (node: Libp2p) {
    this.node = node
  }

  async dial (address: string, signal: AbortSignal): Promise<Connection> {
    const connection = await this.node.dial(multiaddr(address), { signal })
    this.addresses.set(`${connection.remotePeer}`, address)

    return connection
  }

  /**
   * The newest connection with a peer
   */
  get (peer: string): Connection {
    const connection = this.node.getConnections(peerIdFromString(peer)).findLast(({ status }) => status === 'open')

    if (connection == null) {
      throw new Error(`There is no connection with ${peer}`)
    }

    return connection
  }

  /**
   * Whether a connection has ended, or is about to
   */
  async hasEnded (connection: Connection): Promise<boolean> {
    if (connection.status === 'open') {
      await pEvent(connection, 'close', { timeout: END_DELAY, rejectionEvents: [] }).catch(() => {})
    }

    return connection.status !== 'open'
  }

  /**
   * Another connection in place of one that has ended. Whoever asks first
   * dials, the others get the same.
   */
  async redial (peer: string, ended: Connection, signal: AbortSignal): Promise<Connection> {
    let redial = this.redials.get(ended.id)

    if (redial == null) {
      redial = this.node.dial(multiaddr(this.addresses.get(peer)), { signal, force: true })
      this.redials.set(ended.id, redial)
    }

    return redial
  }

  /**
   * Closes every connection with a peer
   */
  async close (peer: string, signal: AbortSignal): Promise<void> {
    await Promise.all(this.node.getConnections(peerIdFromString(peer)).map(async connection => {
      await connection.close({ signal })
    }))
  }
}
