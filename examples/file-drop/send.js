/* eslint-disable no-console */
/**
 * Sends a file: `node send.js ADDRESS FILE`
 */
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from 'libp2p-transport-webrtc-direct'
import { PROTOCOL, sendFile } from './protocol.js'

const [address, path] = process.argv.slice(2)
const node = await createLibp2p({
  transports: [webRTCDirect()]
})

try {
  const stream = await node.dialProtocol(multiaddr(address), PROTOCOL)
  console.log(`The receiver has ${path}, SHA-256 ${await sendFile(stream, path)}`)
} catch (err) {
  console.error(`${path} was not sent: ${err.message}`)
  process.exitCode = 1
} finally {
  await node.stop()
}
