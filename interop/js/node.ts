/**
 * The node of a peer: it tells what happens to it, and is the responder of every
 * protocol.
 */
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { MAX_STREAMS } from './protocols.ts'
import { serveProtocols } from './responders.ts'
import { UNLIMITED } from './unlimited.ts'
import type { Emit } from './control.ts'
import type { Implementation } from './implementations.ts'
import type { Libp2p } from '@libp2p/interface'

/**
 * A node that opens no streams by itself but identify, and closes nothing
 */
export async function startNode ({ transport }: Pick<Implementation, 'transport'>, listen: string[], emit: Emit): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [transport],
    ...UNLIMITED,
    services: {
      identify: identify({ runOnConnectionOpen: true, maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS }),
      ping: ping({ maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS })
    },
    start: false
  })

  node.addEventListener('connection:open', ({ detail }) => {
    emit('connected', { peer: `${detail.remotePeer}`, address: `${detail.remoteAddr}`, direction: detail.direction })
  })
  node.addEventListener('peer:disconnect', ({ detail }) => {
    emit('disconnected', { peer: `${detail}` })
  })
  node.addEventListener('peer:identify', ({ detail }) => {
    emit('identified', { peer: `${detail.peerId}`, agent: detail.agentVersion, protocols: detail.protocols })
  })

  await serveProtocols(node, emit)
  await node.start()

  return node
}
