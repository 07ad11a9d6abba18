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
