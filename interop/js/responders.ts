/**
 * The responder's end of every protocol, see the README.
 */
import { describeError } from './control.ts'
import { atOnce, PeerStream } from './peer-stream.ts'
import { MAX_STREAMS, NOT_STOPPED, PROTOCOLS, UNREAD } from './protocols.ts'
import type { Emit } from './control.ts'
import type { ProtocolName } from './protocols.ts'
import type { Libp2p } from '@libp2p/interface'

/**
 * How long a responder waits for what comes next, in ms
 */
const PATIENCE = 30_000

const RESPONDERS: Record<ProtocolName, (stream: PeerStream) => Promise<void>> = {
  async echo (stream) {
    for (let data = await stream.read(); data != null; data = await stream.read()) {
      await stream.write(data)
    }

    await stream.end()
  },

  async 'echo-back' (stream) {
    const count = await stream.readNumber()
    await atOnce(stream, writeAndEnd(stream, count), stream.readPatternToEnd(count))
  },

  async both (stream) {
    const count = await stream.readNumber()
    await atOnce(stream, writeAndEnd(stream, count), stream.readPatternToEnd(count))
  },

  async sink (stream) {
    await stream.writeNumber(await stream.readToEnd())
    await stream.end()
  },

  async source (stream) {
    await writeAndEnd(stream, await stream.readNumber())
    await stream.readToEnd()
  },

  async 'write-until-stopped' (stream) {
    await stream.readBytes(1)
    await stream.writePatternUntilStopped(NOT_STOPPED)
    await stream.endStopped()
  },

  async 'stop-reading' (stream) {
    await stream.readBytes(1)
    await stream.stopReading()
    await stream.writeNumber(1)
    await stream.end()
  },

  async 'expect-reset' (stream) {
    const [unread] = await stream.readBytes(1)
    await stream.expectReset(async () => stream.writePattern(unread === 1 ? UNREAD : 1))
  },

  async reset (stream) {
    const [unread] = await stream.readBytes(1)

    if (unread === 1) {
      await stream.writePattern(UNREAD)
    }

    stream.reset(new Error('The protocol is to reset the stream'))
  },

  async perf (stream) {
    const count = await stream.readNumber()
    await stream.readToEnd()
    await writeAndEnd(stream, count)
  }
}

async function writeAndEnd (stream: PeerStream, count: number): Promise<void> {
  await stream.writePattern(count)
  await stream.end()
}

/**
 * Makes a node the responder of every protocol, and tells how each stream ended
 */
export async function serveProtocols (node: Libp2p, emit: Emit): Promise<void> {
  for (const [protocol, respond] of Object.entries(RESPONDERS)) {
    await node.handle(PROTOCOLS[protocol as ProtocolName], async (libp2pStream, connection) => {
      const stream = new PeerStream(libp2pStream, { patience: PATIENCE })
      const end = (outcome: object): void => {
        emit('stream', { peer: `${connection.remotePeer}`, protocol, direction: 'inbound', received: stream.received, ...outcome })
      }

      try {
        await respond(stream)
        end({ ok: true })
      } catch (err: any) {
        stream.reset(err)
        end({ ok: false, error: describeError(err) })
      }
    }, { maxInboundStreams: MAX_STREAMS, maxOutboundStreams: MAX_STREAMS })
  }
}
