/**
 * Peers over a browser that is played (`fake-connection.ts`)
 */
import { logger } from '@libp2p/logger'
import { dialPeer } from '../../src/browser/connect.ts'
import { FakeClock } from './fake-clock.ts'
import { fakeBrowser } from './fake-connection.ts'
import type { FakeBrowser, FakeConnection } from './fake-connection.ts'
import type { BrowserTry } from '../../src/browser/connect.ts'
import type { ChannelHandler, Peer } from '../../src/ports.ts'

export const FINGERPRINT = new Uint8Array(32).fill(7)

export const TARGET: BrowserTry = {
  host: '192.0.2.1',
  port: 4001,
  family: 4,
  fingerprint: FINGERPRINT,
  version: 1,
  mayChangeVersion: true
}

export interface Dialed {
  peer: Peer
  pc: FakeConnection
  clock: FakeClock
}

export class BrowserPeers {
  readonly browser: FakeBrowser = fakeBrowser()

  /**
   * Starts to dial, and waits until the browser has been told everything
   */
  async start (target: Partial<BrowserTry> = {}): Promise<Dialed> {
    const clock = new FakeClock(1_000)
    const peer = dialPeer({ ...TARGET, ...target }, { log: logger('test'), maxBufferedAmount: 65_536, clock })
    const pc = this.browser.connections[this.browser.connections.length - 1]
    await turn()

    return { peer, pc, clock }
  }

  /**
   * The same until channels can carry messages
   */
  async connect (target?: Partial<BrowserTry>): Promise<Dialed> {
    const dialed = await this.start(target)
    dialed.pc.connects()
    await dialed.peer.connected(new AbortController().signal)

    return dialed
  }

  stop (): void {
    this.browser.restore()
  }
}

/**
 * A turn of the event loop: what is only promised has happened
 */
export async function turn (): Promise<void> {
  await new Promise(resolve => { setImmediate(resolve) })
}

/**
 * Writes down what happens on a channel
 */
export function recorder (): ChannelHandler & { events: string[] } {
  const events: string[] = []

  return {
    events,
    onMessage: (data) => { events.push(`message ${new TextDecoder().decode(data)}`) },
    onViolation: (err) => { events.push(`violation: ${err.message}`) },
    onDrain: () => { events.push('drain') },
    onClosed: (reason, err) => { events.push(err == null ? reason : `${reason}: ${err.message}`) }
  }
}

export function bytes (text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/**
 * As messages arrive
 */
export function arrayBuffer (text: string): ArrayBuffer {
  return bytes(text).slice().buffer
}
