import { expect } from 'aegir/chai'
import { PeerProcess, startNode } from './peer-process.ts'
import type { WebRTCDirectInit } from '../../src/index.ts'
import type { Libp2p } from '@libp2p/interface'

/**
 * A node to dial with, and a listening one in a process of its own
 */
export interface TwoProcesses {
  node: Libp2p
  peer: PeerProcess
}

/**
 * Returns what starts both. After each test both are stopped, and nothing may be
 * left that keeps the listener's process alive.
 */
export function twoProcesses (): (init?: WebRTCDirectInit, peerInit?: WebRTCDirectInit) => Promise<TwoProcesses> {
  let running: TwoProcesses | undefined

  afterEach(async () => {
    await running?.node.stop()
    expect(await running?.peer.stop()).to.equal(0)
    running = undefined
  })

  return async (init, peerInit) => {
    const peer = await PeerProcess.start(peerInit)
    running = { peer, node: await startNode(init) }

    return running
  }
}
