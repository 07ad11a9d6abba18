import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../src/index.ts'
import { openPeers } from '../src/native/sweep.ts'
import { encodeCerthash } from '../src/wire/address.ts'
import type { Libp2p } from '@libp2p/interface'

const ADDRESS = multiaddr(`/ip4/127.0.0.1/udp/9/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`)

describe('a node of a private network', () => {
  let asked = 0

  /**
   * As with `preSharedKey` of `@libp2p/pnet`
   */
  async function createNode (listen: string[] = []): Promise<Libp2p> {
    return createLibp2p({
      addresses: { listen },
      transports: [webRTCDirect()],
      connectionProtector: () => ({
        protect: async (connection) => {
          asked++
          return connection
        }
      })
    })
  }

  it('does not listen, and says that WebRTC can not be protected', async () => {
    const err = await createNode(['/ip4/127.0.0.1/udp/0/webrtc-direct']).then(async node => node.stop(), err => err)

    expect(err).to.have.property('message').that.includes('WebRTC Direct can not be protected')
  })

  it('does not dial, and says that WebRTC can not be protected', async () => {
    const node = await createNode()
    const err = await node.dial(ADDRESS).catch(err => err)
    await node.stop()

    expect(err).to.include({ name: 'PrivateNetworkError', phase: 'address' })
    expect(err.message).to.include('WebRTC Direct can not be protected')
    expect(openPeers()).to.equal(0)
    expect(asked).to.equal(0)
  })
})
