/**
 * The transports that a page can use.
 */
import { openPeerConnections } from './watched-connections.ts'
import type { CommandHandler } from '../js/control.ts'
import type { Implementation } from '../js/implementations.ts'
import type { Libp2p } from '@libp2p/interface'

export interface PageImplementation extends Pick<Implementation, 'transport' | 'resources'> {
  /**
   * What only this transport can do
   */
  commands? (node: Libp2p): Record<string, CommandHandler>
}

/**
 * As the options of our transport have it
 */
export type DialerVersion = 'auto' | 1 | 2

const IMPLEMENTATIONS: Record<string, (dialerVersion: DialerVersion) => Promise<PageImplementation>> = {
  async ours (dialerVersion) {
    // by its name, as a page of somebody else would
    const { webRTCDirect } = await import('libp2p-transport-webrtc-direct')
    const { createOwnCommands } = await import('./own-commands.ts')

    return {
      transport: webRTCDirect({ dialerVersion }) as unknown as Implementation['transport'],
      resources: () => ({ peerConnections: openPeerConnections() }),
      commands: createOwnCommands
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
