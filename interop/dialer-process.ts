/**
 * Dials the address of its first argument, opens an echo stream, says so on
 * stdout, and stays until it is killed.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../src/index.ts'

const node = await createLibp2p({
  transports: [webRTCDirect()],
  connectionGater: { denyDialMultiaddr: () => false }
})
const connection = await node.dial(multiaddr(process.argv[2]))
const stream = await connection.newStream('/echo/1.0.0')
stream.send(Uint8Array.of(1))
process.stdout.write(`${node.peerId}\n`)
