/**
 * The libp2p node of the page.
 */
import { PING_PROTOCOL } from '@libp2p/ping'
import { createLibp2p } from 'libp2p'
import { sendBack } from '../../src/cli/send-back.ts'
import { webRTCDirect, WebRTCUnavailableError } from './transport.ts'
import type { Libp2p } from '@libp2p/interface'

/**
 * @throws {WebRTCUnavailableError} if the browser has none
 */
export async function startNode (): Promise<Libp2p> {
  // libp2p would say that it can't dial the address
  if (typeof RTCPeerConnection === 'undefined') {
    throw new WebRTCUnavailableError('this browser has none, or a setting or an extension has taken it away: try another browser, or a fresh profile', 'address')
  }

  const node = await createLibp2p({
    transports: [webRTCDirect()],
    connectionGater: {
      // in browsers libp2p dials no private addresses by itself
      denyDialMultiaddr: () => false
    },
    connectionMonitor: {
      // the page pings by itself
      enabled: false
    }
  })

  // rust-libp2p answers no pings of a peer that does not
  await node.handle(PING_PROTOCOL, sendBack)

  return node
}
