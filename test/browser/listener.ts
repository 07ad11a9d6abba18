/**
 * The node that pages dial.
 */
import { pEvent } from 'p-event'
import { loadImplementation } from '../../interop/js/implementations.ts'
import { startNode } from '../../interop/js/node.ts'
import { untilFree } from '../support/until-free.ts'
import type { Libp2p } from '@libp2p/interface'

export interface StreamEnd {
  protocol: string
  ok: boolean
  error?: string
}

export class Listener {
  readonly node: Libp2p

  /**
   * The streams of the protocols of the tests that have ended
   */
  readonly streams: StreamEnd[]

  private constructor (node: Libp2p, streams: StreamEnd[]) {
    this.node = node
    this.streams = streams
  }

  static async start (): Promise<Listener> {
    const streams: StreamEnd[] = []
    const node = await startNode(await loadImplementation('ours'), ['/ip4/127.0.0.1/udp/0/webrtc-direct'], (event, fields) => {
      if (event === 'stream') {
        streams.push(fields as StreamEnd)
      }
    })

    return new Listener(node, streams)
  }

  get peer (): string {
    return this.node.peerId.toString()
  }

  get address (): string {
    return this.node.getMultiaddrs()[0].toString()
  }

  /**
   * Until nothing is left of any connection, at most for that time in ms.
   * Resolves with how long it took.
   */
  async untilFree (timeout: number): Promise<number> {
    const start = performance.now()

    while (this.node.getConnections().length > 0) {
      await pEvent(this.node, 'connection:close', { timeout: timeout - (performance.now() - start) })
    }

    await untilFree()

    return performance.now() - start
  }
}

/**
 * A listener for each test. It is free again when the test has closed its
 * connections.
 */
export function listenerOfEachTest (): { readonly current: Listener } {
  const listener = { current: undefined as unknown as Listener }

  beforeEach(async () => {
    listener.current = await Listener.start()
  })

  afterEach(async () => {
    await listener.current.node.stop()
    await untilFree()
  })

  return listener
}
