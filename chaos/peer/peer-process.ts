/**
 * The process of `peer.ts`.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { PeerStream } from '../../interop/js/peer-stream.ts'
import { describe } from '../failure.ts'
import { serve, tell } from '../ipc.ts'
import { exchanges } from './exchanges.ts'
import { startNode } from './node.ts'
import { Operations } from './operations.ts'
import { PROTOCOLS, received, serveProtocols } from './protocols.ts'
import { transfer } from './transfer.ts'
import type { NodeInit } from './node.ts'
import type { PeerEvent, PeerRequest } from './peer.ts'
import type { Connection, Libp2p } from '@libp2p/interface'

let node: Libp2p
let connection: Connection
let stream: PeerStream
let operations: Operations

function tellParent (event: PeerEvent): void {
  tell(event)
}

async function start (init: NodeInit): Promise<string> {
  node = await startNode(init)

  node.addEventListener('connection:open', ({ detail }) => {
    detail.addEventListener('close', ({ error }) => {
      tellParent({ event: 'closed', error: error == null ? undefined : describe(error) })
    })
  })

  await serveProtocols(node, tellParent)

  return `${node.getMultiaddrs()[0] ?? ''}`
}

async function open (): Promise<PeerStream> {
  return new PeerStream(await connection.newStream(PROTOCOLS.echo), {})
}

async function exchange (on: PeerStream): Promise<void> {
  await on.write(Uint8Array.of(1))
  await on.readBytes(1)
}

serve<PeerRequest>(async request => {
  switch (request.do) {
    case 'start':
      return start(request.init)
    case 'dial':
      connection = await node.dial(multiaddr(request.address))
      return
    case 'transfer':
      return transfer(connection, request.request, tellParent)
    case 'exchanges':
      return exchanges(connection, request.request)
    case 'open':
      stream = await open()
      return exchange(stream)
    case 'message':
      return exchange(request.stream === 'open' ? stream : await open())
    case 'operate':
      operations = new Operations(connection, tellParent)
      return operations.start(request.busy)
    case 'close':
      return operations.close()
    case 'received':
      return received()
    default:
      request satisfies never
  }
})
