/**
 * What the listener serves. None of them has a patience of its own: how long
 * something takes is up to the network.
 */
import { isPattern } from '../../interop/js/pattern.ts'
import { atOnce, NUMBER_LENGTH, PeerStream } from '../../interop/js/peer-stream.ts'
import { describe } from '../failure.ts'
import type { PeerEvent } from './peer.ts'
import type { Libp2p } from '@libp2p/interface'

export const PROTOCOLS = {
  echo: '/chaos/echo/1.0.0',

  /**
   * Is told how many bytes to write, and reads to the end meanwhile
   */
  both: '/chaos/both/1.0.0',

  /**
   * Reads to the end
   */
  sink: '/chaos/sink/1.0.0',

  /**
   * Writes without an end
   */
  source: '/chaos/source/1.0.0'
}

export type Protocol = keyof typeof PROTOCOLS

/**
 * In bytes, of a stream that has no end
 */
export const ENDLESS = Number.MAX_SAFE_INTEGER

const RESPONDERS: Record<Protocol, (stream: PeerStream) => Promise<void>> = {
  async echo (stream) {
    for (let data = await stream.read(); data != null; data = await stream.read()) {
      await stream.write(data)
    }

    await stream.end()
  },

  async both (stream) {
    const count = await stream.readNumber()
    await atOnce(stream, stream.writePattern(count).then(async () => stream.end()), stream.readPatternToEnd(count))
  },

  async sink (stream) {
    for (let data = await stream.read(); data != null; data = await stream.read()) {
      const before = stream.received - data.byteLength

      if (!isPattern(data, before)) {
        throw new Error(`Other bytes than those that were sent arrived after ${before}`)
      }
    }

    await stream.end()
  },

  async source (stream) {
    await stream.writePattern(ENDLESS)
  }
}

/**
 * The streams that were not at their end yet
 */
const open = new Set<PeerStream>()

/**
 * How many bytes have arrived so far on streams that are open
 */
export function received (): number {
  return [...open].reduce((sum, stream) => sum + stream.received, 0)
}

export async function serveProtocols (node: Libp2p, tell: (event: PeerEvent) => void): Promise<void> {
  for (const [protocol, respond] of Object.entries(RESPONDERS)) {
    await node.handle(PROTOCOLS[protocol as Protocol], async libp2pStream => {
      const stream = new PeerStream(libp2pStream, {})
      let error: string | undefined

      open.add(stream)

      try {
        await respond(stream)
      } catch (err: any) {
        stream.reset(err)
        error = describe(err)
      }

      open.delete(stream)
      tell({ event: 'served', protocol: protocol as Protocol, received: stream.received - (protocol === 'both' ? NUMBER_LENGTH : 0), error })
    })
  }
}
