/**
 * What is measured.
 */
import type { End } from './end.ts'

export type NodeImplementation = 'ours' | 'peer' | 'floor' | 'tcp' | 'quic'
export type Implementation = NodeImplementation | 'go'

interface Entry {
  /**
   * As tables and charts have it
   */
  title: string

  /**
   * As a limit has it
   */
  short: string

  /**
   * Whether it goes over UDP, which the relay delays
   */
  isUdp: boolean

  /**
   * Whether it is left out where it is not asked for
   */
  isExtra: boolean
}

export const IMPLEMENTATIONS: Record<Implementation, Entry> = {
  floor: { title: 'node-datachannel (floor)', short: 'floor', isUdp: true, isExtra: false },
  peer: { title: '@libp2p/webrtc', short: 'peer', isUdp: true, isExtra: false },
  tcp: { title: 'tcp + noise + yamux', short: 'tcp', isUdp: false, isExtra: false },
  ours: { title: 'this package', short: 'ours', isUdp: true, isExtra: false },
  quic: { title: '@chainsafe/libp2p-quic', short: 'quic', isUdp: true, isExtra: true },
  go: { title: 'go-libp2p', short: 'go', isUdp: true, isExtra: true }
}

// each is loaded only where it is used: they share the native stack
const ENDS: Record<NodeImplementation, () => Promise<End>> = {
  async floor () {
    const { Floor } = await import('./floor.ts')

    return Floor.create()
  },
  ours: async () => libp2p('ours'),
  peer: async () => libp2p('peer'),
  tcp: async () => libp2p('tcp'),
  quic: async () => libp2p('quic')
}

export const NODE_IMPLEMENTATIONS = Object.keys(ENDS) as NodeImplementation[]

async function libp2p (name: 'ours' | 'peer' | 'tcp' | 'quic'): Promise<End> {
  const { Libp2pEnd } = await import('./libp2p.ts')

  return new Libp2pEnd(name)
}

export async function loadEnd (name: NodeImplementation): Promise<End> {
  return ENDS[name]()
}
