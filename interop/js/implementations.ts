/**
 * The transports that the peer program can use. Everything else is the same for
 * both of them.
 */
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { freeUdpPort } from '../../test/support/free-port.ts'
import type { DialerVersion, WebRTCDirectComponents } from '../../src/index.ts'
import type { Transport } from '@libp2p/interface'

export interface Implementation {
  /**
   * The package
   */
  name: string
  version: string

  transport (components: WebRTCDirectComponents): Transport

  /**
   * What to listen on for a port of its own choice
   */
  anyPort (): Promise<number>

  /**
   * What must be 0 once all connections have ended
   */
  resources (): Record<string, number>

  /**
   * Whether the process has to be ended: native handles that nobody needs any
   * more may keep it alive
   */
  keepsProcessAlive: boolean
}

const PACKAGES: Record<string, string> = {
  ours: 'libp2p-transport-webrtc-direct',
  'js-libp2p': '@libp2p/webrtc'
}

// each is loaded only where it is used: they share the native stack
const IMPLEMENTATIONS: Record<string, (dialerVersion: DialerVersion) => Promise<Omit<Implementation, 'name' | 'version'>>> = {
  async ours (dialerVersion) {
    const { webRTCDirect } = await import('../../src/index.ts')
    const { openPeers } = await import('../../src/native/sweep.ts')

    return {
      transport: webRTCDirect({ dialerVersion }),
      anyPort: async () => 0,
      resources: () => ({ peerConnections: openPeers() }),
      keepsProcessAlive: false
    }
  },

  async 'js-libp2p' () {
    const { webRTCDirect } = await import('@libp2p/webrtc')

    return {
      // without the servers of others, whom it asks for its address
      transport: webRTCDirect({ rtcConfiguration: { iceServers: [] } }) as unknown as Implementation['transport'],
      anyPort: freeUdpPort,
      resources: () => ({}),

      // data channels that the remote has closed, until they are collected
      keepsProcessAlive: true
    }
  }
}

export const IMPLEMENTATION_NAMES = Object.keys(IMPLEMENTATIONS)

/**
 * @param name - one of `IMPLEMENTATION_NAMES`
 * @param dialerVersion - which versions of the protocol to dial with; that of
 * js-libp2p knows only one
 */
export async function loadImplementation (name: string, dialerVersion: DialerVersion = 'auto'): Promise<Implementation> {
  return { ...await IMPLEMENTATIONS[name](dialerVersion), ...packageOf(name) }
}

/**
 * The package of an implementation
 */
export function packageOf (implementation: string): Pick<Implementation, 'name' | 'version'> {
  const name = PACKAGES[implementation]

  // this package is found from within itself
  const path = findPackageJSON(implementation === 'ours' ? '..' : name, import.meta.url)

  if (path == null) {
    throw new Error(`The package of ${name} was not found`)
  }

  return { name, version: JSON.parse(readFileSync(path, 'utf8')).version }
}
