/**
 * A Helia node over WebRTC Direct alone: the same in Node.js and in a page, which
 * can't listen.
 */
import { withBitswap } from '@helia/bitswap'
import { withLibp2pLight } from '@helia/libp2p'
import { unixfs } from '@helia/unixfs'
import { identify } from '@libp2p/identify'
import { multiaddr } from '@multiformats/multiaddr'
import { createHeliaLight } from 'helia'
import { webRTCDirect } from 'libp2p-transport-webrtc-direct'
import { CID } from 'multiformats/cid'

/**
 * @param {string[]} [listen] - addresses to listen on
 */
export async function startHelia (listen = []) {
  const helia = withBitswap(withLibp2pLight(createHeliaLight(), {
    addresses: { listen },
    transports: [webRTCDirect()],
    connectionGater: {
      // by itself libp2p dials no private addresses in a browser
      denyDialMultiaddr: () => false
    },
    services: {
      identify: identify()
    }
  }))
  await helia.start()

  const files = unixfs(helia)

  return {
    helia,

    /**
     * @param {string} address
     */
    connect: async (address) => helia.libp2p.dial(multiaddr(address)),

    /**
     * @param {Uint8Array} content
     * @returns the CID
     */
    add: async (content) => (await files.addBytes(content)).toString(),

    /**
     * @param {string} cid
     * @returns the content, from a peer that is connected
     */
    read: async (cid) => {
      const chunks = []

      for await (const chunk of files.cat(CID.parse(cid), { signal: AbortSignal.timeout(30_000) })) {
        chunks.push(chunk)
      }

      return new Blob(chunks)
    }
  }
}
