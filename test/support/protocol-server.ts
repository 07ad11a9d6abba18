import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../../src/index.ts'
import type { Libp2p, StreamHandler } from '@libp2p/interface'

/**
 * Starts a node on the loopback interface that handles a protocol in its own way
 */
export async function startServer (protocol: string, handler: StreamHandler): Promise<Libp2p> {
  const server = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
    transports: [webRTCDirect()]
  })

  await server.handle(protocol, handler)

  return server
}

/**
 * Returns what starts such a node for a test, and resolves to its address
 */
export function serverOfEachTest (): (protocol: string, handler: StreamHandler) => Promise<string> {
  let server: Libp2p | undefined

  afterEach(async () => {
    await server?.stop()
    server = undefined
  })

  return async (protocol, handler) => {
    server = await startServer(protocol, handler)

    return server.getMultiaddrs()[0].toString()
  }
}
