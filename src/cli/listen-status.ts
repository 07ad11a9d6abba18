/**
 * What a listener is doing now, looked at again and again.
 */
import { getStats } from '../index.ts'
import { formatEndpoint } from './format.ts'
import type { RequestCounts } from './request-counts.ts'
import type { Connection, Libp2p } from '@libp2p/interface'

export interface ConnectionStatus {
  peerId: string

  /**
   * Where the remote is: `192.0.2.1:9000`, `[2001:db8::1]:9000`
   */
  address: string

  /**
   * How long the connection has been open, in ms
   */
  age: number

  /**
   * In ms; `undefined` where it is not known
   */
  roundTripTime?: number

  /**
   * Streams that are open now
   */
  streams: number

  bytesReceived: number
  bytesSent: number

  /**
   * In bytes per second, since the last look
   */
  receiveRate: number
  sendRate: number
}

export interface ListenStatus {
  /**
   * For how long the node has been listening, in ms
   */
  uptime: number

  /**
   * Peers that are connected; one may have several connections
   */
  peers: number
  connections: ConnectionStatus[]

  /**
   * STUN requests that did not start a connection, by the reason
   */
  refused: Record<string, number>
}

interface Look {
  at: number
  opened: number
  bytesReceived: number
  bytesSent: number
}

export class StatusWatch {
  private readonly node: Pick<Libp2p, 'getConnections'>
  private readonly requests: RequestCounts
  private readonly now: () => number
  private readonly start: number
  private looks = new Map<string, Look>()

  /**
   * @param node - whose connections to look at
   * @param requests - what it has refused
   * @param now - in ms, never goes back
   */
  constructor (node: Pick<Libp2p, 'getConnections'>, requests: RequestCounts, now = () => performance.now()) {
    this.node = node
    this.requests = requests
    this.now = now
    this.start = now()
  }

  async look (): Promise<ListenStatus> {
    const looks = new Map<string, Look>()
    const connections = this.node.getConnections()
    const found = await Promise.all(connections.map(async connection => this.lookAt(connection, looks)))

    this.looks = looks

    return {
      uptime: this.now() - this.start,
      peers: new Set(connections.map(({ remotePeer }) => remotePeer.toString())).size,
      connections: found.sort((a, b) => b.age - a.age),
      refused: this.requests.refused()
    }
  }

  private async lookAt (connection: Connection, looks: Map<string, Look>): Promise<ConnectionStatus> {
    const { roundTripTime, bytesReceived, bytesSent, channels } = await getStats(connection)
    const at = this.now()
    const last = this.looks.get(connection.id)
    const opened = last?.opened ?? at
    const time = (at - (last?.at ?? at)) / 1_000
    const rate = (bytes: number, before = bytes): number => time === 0 ? 0 : (bytes - before) / time

    looks.set(connection.id, { at, opened, bytesReceived, bytesSent })

    return {
      peerId: connection.remotePeer.toString(),
      address: endpointOf(connection),
      age: at - opened,
      roundTripTime,
      streams: channels.open + channels['half-closed'],
      bytesReceived,
      bytesSent,
      receiveRate: rate(bytesReceived, last?.bytesReceived),
      sendRate: rate(bytesSent, last?.bytesSent)
    }
  }
}

function endpointOf ({ remoteAddr }: Connection): string {
  const [ip, udp] = remoteAddr.getComponents()

  return formatEndpoint(ip.value ?? '', udp.value ?? '')
}
