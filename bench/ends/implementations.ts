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
   * Whether it can be told how long packets may be
   */
  takesMtu: boolean

  /**
   * Whether it is left out where it is not asked for
   */
  isExtra: boolean
}

export const IMPLEMENTATIONS: Record<Implementation, Entry> = {
  floor: { title: 'node-datachannel (floor)', short: 'floor', isUdp: true, takesMtu: true, isExtra: false },
  peer: { title: '@libp2p/webrtc', short: 'peer', isUdp: true, takesMtu: false, isExtra: false },
  tcp: { title: 'tcp + noise + yamux', short: 'tcp', isUdp: false, takesMtu: false, isExtra: false },
  ours: { title: 'this package', short: 'ours', isUdp: true, takesMtu: true, isExtra: false },
  quic: { title: '@chainsafe/libp2p-quic', short: 'quic', isUdp: true, takesMtu: false, isExtra: true },
  go: { title: 'go-libp2p', short: 'go', isUdp: true, takesMtu: false, isExtra: true }
}

// each is loaded only where it is used: they share the native stack
const ENDS: Record<NodeImplementation, (mtu?: number) => Promise<End>> = {
  async floor (mtu) {
    const { Floor } = await import('./floor.ts')

    return Floor.create(mtu)
  },
  ours: async (mtu) => libp2p('ours', mtu),
  peer: async () => libp2p('peer'),
  tcp: async () => libp2p('tcp'),
  quic: async () => libp2p('quic')
}

export const NODE_IMPLEMENTATIONS = Object.keys(ENDS) as NodeImplementation[]

async function libp2p (name: 'ours' | 'peer' | 'tcp' | 'quic', mtu?: number): Promise<End> {
  const { Libp2pEnd } = await import('./libp2p.ts')

  return new Libp2pEnd(name, mtu)
}

/**
 * @param name - the implementation
 * @param mtu - how long packets may be, in bytes, for one that can be told
 */
export async function loadEnd (name: NodeImplementation, mtu?: number): Promise<End> {
  return ENDS[name](mtu)
}
