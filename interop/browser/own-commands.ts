/**
 * What a page can be told to do with our transport alone.
 */
import { multiaddr } from '@multiformats/multiaddr'
import { getStats } from 'libp2p-transport-webrtc-direct'
import type { CommandHandler } from '../js/control.ts'
import type { Libp2p } from '@libp2p/interface'
import type { ConnectionStats, WebRTCDirectDialEvents } from 'libp2p-transport-webrtc-direct'

/**
 * Each event of a dial, with what can be told as JSON
 */
export interface ToldEvent {
  type: string
  host?: string
  version?: number
  phase?: string
}

export function createOwnCommands (node: Libp2p): Record<string, CommandHandler> {
  return {
    async 'watch-dial' ({ address }: { address: string }, signal): Promise<{ events: ToldEvent[] }> {
      const events: ToldEvent[] = []
      const onProgress = ({ type, detail }: WebRTCDirectDialEvents): void => {
        if (type.startsWith('webrtc-direct:')) {
          const { host, version, phase }: Omit<ToldEvent, 'type'> = detail as object
          events.push({ type, host, version, phase })
        }
      }

      // a dial that fails is told of by its last event
      await node.dial(multiaddr(address), { onProgress, signal }).catch(() => {})

      return { events }
    },

    async stats ({ peer }: { peer: string }): Promise<{ stats: ConnectionStats }> {
      const connection = node.getConnections().find(({ remotePeer }) => `${remotePeer}` === peer)

      if (connection == null) {
        throw new Error(`There is no connection with ${peer}`)
      }

      return { stats: await getStats(connection) }
    }
  }
}
