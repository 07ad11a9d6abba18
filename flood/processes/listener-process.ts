/**
 * The process of `listener.ts`, where it is one of Node.js.
 */
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { createLibp2p } from 'libp2p'
import { leave, serve } from '../../chaos/ipc.ts'
import { loadImplementation } from '../../interop/js/implementations.ts'
import { EventLoopDelay } from './event-loop-delay.ts'
import { collectGarbage } from './garbage.ts'
import { ECHO_PROTOCOL } from './listener.ts'
import type { Held, ListenerInit, ListenerRequest } from './listener.ts'
import type { Implementation } from '../../interop/js/implementations.ts'
import type { Libp2p } from '@libp2p/interface'

const delay = new EventLoopDelay()
let node: Libp2p
let implementation: Implementation

async function start ({ implementation: name, port, key }: ListenerInit): Promise<string> {
  implementation = await loadImplementation(name)

  node = await createLibp2p({
    privateKey: privateKeyFromProtobuf(key),
    addresses: { listen: [`/ip4/127.0.0.1/udp/${port === 0 ? await implementation.anyPort() : port}/webrtc-direct`] },
    transports: [implementation.transport],

    // what is measured are the limits of the transport
    connectionManager: { inboundConnectionThreshold: Infinity, maxIncomingPendingConnections: Infinity, maxConnections: Infinity },
    connectionMonitor: { enabled: false }
  })
  await node.handle(ECHO_PROTOCOL, stream => {
    stream.addEventListener('message', ({ data }) => { stream.send(data) })
    stream.addEventListener('remoteCloseWrite', () => { stream.close().catch(() => {}) })
  }, { maxInboundStreams: Infinity })

  return `${node.getMultiaddrs()[0]}`
}

async function held (): Promise<Held> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()

  return { heap: heapUsed + external, handles: process.getActiveResourcesInfo().length, streams: node.getConnections().flatMap(({ streams }) => streams).length, ...implementation.resources() }
}

async function restart (count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await node.stop()
    await node.start()
  }
}

serve<ListenerRequest>(async request => {
  switch (request.do) {
    case 'start':
      return start(request.init)
    case 'begin':
      delay.start()
      return
    case 'delay':
      return { p99: delay.p99, longest: delay.longest }
    case 'held':
      return held()
    case 'restart':
      return restart(request.count)
    case 'end':
      delay.stop()
      await node.stop()
      return leave()
    default:
      request satisfies never
  }
})
