/**
 * A node with the transport of `@libp2p/webrtc`, whose datastore and keychain
 * are in a folder. Prints its addresses as JSON, and ends. In a process of its
 * own, because two copies of the native stack don't get along in one.
 */
import { keychain } from '@libp2p/keychain'
import { webRTCDirect } from '@libp2p/webrtc'
import { FsDatastore } from 'datastore-fs'
import { createLibp2p } from 'libp2p'
import { freeUdpPort } from './free-port.ts'

const [folder, pass] = process.argv.slice(2)

const datastore = new FsDatastore(folder)
await datastore.open()

const node = await createLibp2p({
  datastore,
  addresses: { listen: [`/ip4/127.0.0.1/udp/${await freeUdpPort()}/webrtc-direct`] },
  transports: [webRTCDirect()],
  services: { keychain: keychain({ pass }) }
})

process.stdout.write(JSON.stringify(node.getMultiaddrs()), () => {
  // it keeps its process alive
  process.exit()
})
