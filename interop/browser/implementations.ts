/**
 * The transports that a page can use.
 */
import { openPeerConnections } from './watched-connections.ts'
import type { Implementation } from '../js/implementations.ts'

export type PageImplementation = Pick<Implementation, 'transport' | 'resources'>

/**
 * As the options of our transport have it
 */
export type DialerVersion = 'auto' | 1 | 2

const IMPLEMENTATIONS: Record<string, (dialerVersion: DialerVersion) => Promise<PageImplementation>> = {
  async ours (dialerVersion) {
    // by its name, as a page of somebody else would
    const { webRTCDirect } = await import('libp2p-transport-webrtc-direct')

    return {
      transport: webRTCDirect({ dialerVersion }) as unknown as Implementation['transport'],
      resources: () => ({ peerConnections: openPeerConnections() })
    }
  },

  async 'js-libp2p' () {
    const { webRTCDirect } = await import('@libp2p/webrtc')

    return {
      // without the servers of others, whom it asks for its address
      transport: webRTCDirect({ rtcConfiguration: { iceServers: [] } }) as unknown as Implementation['transport'],
      resources: () => ({})
    }
  }
}

export async function loadImplementation (name: string, dialerVersion: DialerVersion): Promise<PageImplementation> {
  return IMPLEMENTATIONS[name](dialerVersion)
}
