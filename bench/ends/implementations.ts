/**
 * What is measured.
 */
import type { End } from './end.ts'

export type Implementation = 'ours' | 'peer' | 'floor' | 'tcp' | 'quic' | 'go'

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
   * Whether its ends are processes of Node.js, and not a program of its own
   */
  isNode: boolean

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
  floor: { title: 'node-datachannel (floor)', short: 'floor', isNode: true, isUdp: true, takesMtu: true, isExtra: false },
  peer: { title: '@libp2p/webrtc', short: 'peer', isNode: true, isUdp: true, takesMtu: false, isExtra: false },
  tcp: { title: 'tcp + noise + yamux', short: 'tcp', isNode: true, isUdp: false, takesMtu: false, isExtra: false },
  ours: { title: 'this package', short: 'ours', isNode: true, isUdp: true, takesMtu: true, isExtra: false },
  quic: { title: '@chainsafe/libp2p-quic', short: 'quic', isNode: true, isUdp: true, takesMtu: false, isExtra: true },
  go: { title: 'go-libp2p', short: 'go', isNode: false, isUdp: true, takesMtu: false, isExtra: true }
}

// each is loaded only where it is used: they share the native stack
const ENDS: Partial<Record<Implementation, (mtu?: number) => Promise<End>>> = {
  async floor (mtu) {
    const { Floor } = await import('./floor.ts')

    return Floor.create(mtu)
  },
  ours: async (mtu) => libp2p('ours', mtu),
  peer: async () => libp2p('peer'),
  tcp: async () => libp2p('tcp'),
  quic: async () => libp2p('quic')
}

async function libp2p (name: 'ours' | 'peer' | 'tcp' | 'quic', mtu?: number): Promise<End> {
  const { Libp2pEnd } = await import('./libp2p.ts')

  return new Libp2pEnd(name, mtu)
}

/**
 * @param name - the implementation
 * @param mtu - how long packets may be, in bytes, for one that can be told
 */
export async function loadEnd (name: Implementation, mtu?: number): Promise<End> {
  const load = ENDS[name]

  if (load == null) {
    throw new Error(`${IMPLEMENTATIONS[name].title} is no part of Node.js`)
  }

  return load(mtu)
}
