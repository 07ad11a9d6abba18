/* eslint-disable no-console */
/**
 * Takes files into a folder until Ctrl-C: `node receive.js [FOLDER]`
 */
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from 'libp2p-transport-webrtc-direct'
import { PROTOCOL, receiveFile } from './protocol.js'

const folder = process.argv[2] ?? '.'
const node = await createLibp2p({
  addresses: {
    listen: ['/ip4/0.0.0.0/udp/0/webrtc-direct']
  },
  transports: [webRTCDirect()]
})

await node.handle(PROTOCOL, async (stream, connection) => {
  try {
    console.log(`${connection.remotePeer} sent ${await receiveFile(stream, folder)}`)
  } catch (err) {
    console.error(`${connection.remotePeer} failed: ${err.message}`)
    stream.abort(err)
  }
})

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => { node.stop() })
}

for (const address of node.getMultiaddrs()) {
  console.log(`node send.js ${address} FILE`)
}
