/**
 * The initiator's end of the protocols that move bytes, many times over.
 */
import { describeError } from './control.ts'
import { atOnce, PeerStream } from './peer-stream.ts'
import { MAX_STREAMS, PROTOCOLS } from './protocols.ts'
import type { PeerConnections } from './peer-connections.ts'
import type { Connection } from '@libp2p/interface'

export interface ExchangeCommand {
  peer: string
  protocol: 'echo' | 'echo-back' | 'both' | 'sink' | 'source'
  bytes: number
  count?: number
  parallel?: number
  redial?: boolean
}

export interface ExchangeReply {
  ok: boolean
  succeeded: number
  failed: number
  errors: Record<string, number>

  /**
   * In ms, of a stream
   */
  longest: number
  repeated: number
}

const INITIATORS: Record<ExchangeCommand['protocol'], (stream: PeerStream, bytes: number) => Promise<void>> = {
  async echo (stream, bytes) {
    await atOnce(stream, writeAndEnd(stream, bytes), stream.readPatternToEnd(bytes))
  },

  async 'echo-back' (stream, bytes) {
    await stream.writeNumber(bytes)
    await stream.readPatternToEnd(bytes, async data => stream.write(data))
    await stream.end()
  },

  async both (stream, bytes) {
    await stream.writeNumber(bytes)
    await atOnce(stream, writeAndEnd(stream, bytes), stream.readPatternToEnd(bytes))
  },

  async sink (stream, bytes) {
    await stream.writePattern(bytes)
    await endSink(stream, bytes)
  },

  async source (stream, bytes) {
    await stream.writeNumber(bytes)
    await atOnce(stream, stream.end(), stream.readPatternToEnd(bytes))
  }
}

/**
 * Half-closes a stream of `sink`, and reads that so many bytes have arrived
 */
export async function endSink (stream: PeerStream, bytes: number): Promise<void> {
  await stream.end()

  const received = await stream.readNumber()

  if (received !== bytes) {
    throw new Error(`The remote received ${received} of ${bytes} bytes`)
  }

  await stream.readPatternToEnd(0)
}

async function writeAndEnd (stream: PeerStream, count: number): Promise<void> {
  await stream.writePattern(count)
  await stream.end()
}

export async function exchange (command: ExchangeCommand, connections: PeerConnections, signal: AbortSignal): Promise<ExchangeReply> {
  const { peer, protocol, bytes, count = 1, parallel = 1, redial = false } = command
  const reply: ExchangeReply = { ok: true, succeeded: 0, failed: 0, errors: {}, longest: 0, repeated: 0 }
  let started = 0

  async function once (connection: Connection): Promise<void> {
    const start = performance.now()
    const libp2pStream = await connection.newStream(PROTOCOLS[protocol], { signal, maxOutboundStreams: MAX_STREAMS })
    const stream = new PeerStream(libp2pStream, { signal })

    try {
      await INITIATORS[protocol](stream, bytes)
    } catch (err: any) {
      stream.reset(err)
      throw err
    }

    reply.longest = Math.max(reply.longest, Math.round(performance.now() - start))
  }

  async function onceOrRepeated (): Promise<void> {
    let connection = connections.get(peer)

    while (true) {
      try {
        await once(connection)
        return
      } catch (err) {
        if (!redial || signal.aborted || !await connections.hasEnded(connection)) {
          throw err
        }
      }

      reply.repeated++
      connection = await connections.redial(peer, connection, signal)
    }
  }

  async function work (): Promise<void> {
    while (started < count && !signal.aborted) {
      started++

      try {
        await onceOrRepeated()
        reply.succeeded++
      } catch (err) {
        const message = describeError(err)
        reply.ok = false
        reply.failed++
        reply.errors[message] = (reply.errors[message] ?? 0) + 1
      }
    }
  }

  await Promise.all(Array.from({ length: parallel }, work))

  return reply
}
