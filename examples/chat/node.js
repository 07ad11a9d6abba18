/**
 * A node that chats over gossipsub, and over WebRTC Direct alone.
 */
import { gossipsub } from '@libp2p/gossipsub'
import { identify } from '@libp2p/identify'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from 'libp2p-transport-webrtc-direct'

const TOPIC = 'chat'

/**
 * @param {object} init
 * @param {string[]} [init.listen] - addresses to listen on
 * @param {string} [init.address] - of the first peer to connect to
 * @param {import('libp2p-transport-webrtc-direct').WebRTCDirectInit} [init.transport]
 * @param {(from: string, text: string) => void} init.onMessage
 */
export async function startChat ({ listen = [], address, transport, onMessage }) {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [webRTCDirect(transport)],
    services: {
      identify: identify(),
      pubsub: gossipsub({ allowPublishToZeroTopicPeers: true })
    }
  })
  const { pubsub } = node.services

  pubsub.addEventListener('message', ({ detail }) => {
    if (detail.topic === TOPIC && detail.type === 'signed') {
      onMessage(detail.from.toString(), new TextDecoder().decode(detail.data))
    }
  })
  pubsub.subscribe(TOPIC)

  if (address != null) {
    await node.dial(multiaddr(address))
  }

  return {
    node,

    /**
     * Who would get what is said now
     */
    listeners: () => pubsub.getSubscribers(TOPIC).map(peer => peer.toString()),

    /**
     * @param {string} text
     */
    say: async (text) => { await pubsub.publish(TOPIC, new TextEncoder().encode(text)) }
  }
}
