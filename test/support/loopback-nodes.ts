/**
 * Nodes with our transport on the loopback interface
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../../src/index.ts'
import { exchange, sendBack } from './exchange.ts'
import { untilFree } from './until-free.ts'
import type { NameService } from '../../src/names.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Identify } from '@libp2p/identify'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'
import type { Libp2pOptions } from 'libp2p'

export type Node = Libp2p<{ ping: Ping, identify: Identify }>

export interface NodeInit extends Omit<Libp2pOptions, 'addresses' | 'transports' | 'services' | 'dns'> {
  /**
   * Whether it has services, which open streams by themselves
   *
   * @default true
   */
  hasServices?: boolean

  listen?: string[]
  announce?: string[]

  /**
   * Options of the transport
   */
  transport?: WebRTCDirectInit

  dns?: NameService
}

const SERVICES = { ping: ping({ maxInboundStreams: 100, maxOutboundStreams: 100 }), identify: identify() }

export const LOOPBACK = '/ip4/127.0.0.1/udp/0/webrtc-direct'

/**
 * Sends everything back
 */
export const ECHO = '/test/echo/1.0.0'

const nodes: Node[] = []

/**
 * A node that serves ping, identify and {@link ECHO} until {@link stopNodes}
 */
export async function createNode ({ hasServices = true, listen, announce, transport, connectionGater, connectionManager, dns, ...init }: NodeInit = {}): Promise<Node> {
  const node = await createLibp2p({
    addresses: { listen, announce },
    transports: [webRTCDirect(transport)],
    connectionGater: { denyDialMultiaddr: () => false, ...connectionGater },
    connectionManager: { inboundConnectionThreshold: 1_000, reconnectRetries: 0, ...connectionManager },
    connectionMonitor: { enabled: false },
    dns: dns as any,
    services: hasServices ? SERVICES : {} as typeof SERVICES,
    ...init
  })
  nodes.push(node)

  await node.handle(ECHO, sendBack, { maxInboundStreams: 1_000 })

  return node
}

/**
 * A node that listens on the loopback interface
 */
export async function createListener (init?: NodeInit): Promise<Node> {
  return createNode({ listen: [LOOPBACK], ...init })
}

/**
 * Stops every node of a test, and waits until nothing is left behind
 */
export async function stopNodes (): Promise<void> {
  await Promise.all(nodes.splice(0).map(async node => node.stop()))
  await untilFree()
}

/**
 * What comes back of the data on a stream of its own
 */
export async function echo (connection: Connection, data: Uint8Array): Promise<Uint8Array> {
  return exchange(await connection.newStream(ECHO, { maxOutboundStreams: 1_000 }), data)
}

/**
 * A port at which nobody answers, but packets are received
 */
export async function deadPort (): Promise<{ port: number, packets: number, asked: Promise<unknown>, close (): void }> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const result = { port: socket.address().port, packets: 0, asked: once(socket, 'message'), close: () => { socket.close() } }
  socket.on('message', () => { result.packets++ })

  return result
}
