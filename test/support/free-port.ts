import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/**
 * A TCP port of the loopback interface where nothing listens
 */
export async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')

  const { port } = server.address() as AddressInfo

  server.close()
  await once(server, 'close')

  return port
}

/**
 * A UDP port of the loopback interface where nobody listens: for `@libp2p/webrtc`, which
 * looks for a free TCP port where it is asked for any
 */
export async function freeUdpPort (): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')

  const { port } = socket.address()

  socket.close()
  await once(socket, 'close')

  return port
}
