/**
 * The native stack, with the calls through its ports as points
 */
import * as native from '../../src/native/connect.ts'
import { pointed } from './pointed.ts'
import type { Peer } from '../../src/ports.ts'

/**
 * What has left a callback
 */
export const thrown: unknown[] = []

export function dialPeer (...args: Parameters<typeof native.dialPeer>): Peer {
  return pointed(native.dialPeer(...args), 'peer', { thrown })
}

export function acceptPeer (...args: Parameters<typeof native.acceptPeer>): Peer {
  return pointed(native.acceptPeer(...args), 'peer', { thrown })
}
