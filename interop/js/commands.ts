/**
 * What a peer can be told to do, see the README.
 */
import { PING_PROTOCOL } from '@libp2p/ping'
import { equals } from 'uint8arrays/equals'
import { describeError } from './control.ts'
import { endSink, exchange } from './exchange.ts'
import { PeerConnections } from './peer-connections.ts'
import { PeerStream } from './peer-stream.ts'
import { MAX_STREAMS, NOT_STOPPED, PROTOCOLS, UNREAD } from './protocols.ts'
import type { CommandHandler, Emit } from './control.ts'
import type { ExchangeCommand } from './exchange.ts'
import type { Implementation } from './implementations.ts'
import type { Libp2p } from '@libp2p/interface'

const PING_LENGTH = 32

export function createCommands (node: Libp2p, { resources }: Pick<Implementation, 'resources'>, emit: Emit): Record<string, CommandHandler> {
  const connections = new PeerConnections(node)

  async function open (peer: string, protocol: string, signal?: AbortSignal): Promise<PeerStream> {
    const stream = await connections.get(peer).newStream(protocol, { signal, maxOutboundStreams: MAX_STREAMS })

    return new PeerStream(stream, { signal })
  }

  /**
   * Opens a stream, and resets it if what is done with it fails
   */
  async function withStream <T> (peer: string, protocol: string, signal: AbortSignal, initiate: (stream: PeerStream) => Promise<T>): Promise<T> {
    const stream = await open(peer, protocol, signal)

    try {
      return await initiate(stream)
    } catch (err: any) {
      stream.reset(err)
      throw err
    }
  }

  return {
    async dial ({ address }: { address: string }, signal) {
      const { remotePeer } = await connections.dial(address, signal)

      return { peer: `${remotePeer}` }
    },

    async ping ({ peer, count }: { peer: string, count: number }, signal) {
      return withStream(peer, PING_PROTOCOL, signal, async stream => {
        const rtts: number[] = []

        while (rtts.length < count) {
          const data = crypto.getRandomValues(new Uint8Array(PING_LENGTH))
          const start = performance.now()

          await stream.write(data)

          if (!equals(data, await stream.readBytes(PING_LENGTH))) {
            throw new Error('The answer to a ping holds other bytes than were sent')
          }

          rtts.push(performance.now() - start)
        }

        await stream.end()

        return { rtts }
      })
    },

    async exchange (command: ExchangeCommand, signal) {
      return exchange(command, connections, signal)
    },

    async 'write-until-stopped' ({ peer }: { peer: string }, signal) {
      return withStream(peer, PROTOCOLS['stop-reading'], signal, async stream => {
        await stream.write(Uint8Array.of(0))
        await stream.writePatternUntilStopped(NOT_STOPPED)
        await stream.endStopped()

        if (await stream.readNumber() !== 1) {
          throw new Error('Another number than 1 came back')
        }

        await stream.readPatternToEnd(0)

        return {}
      })
    },

    async 'stop-reading' ({ peer }: { peer: string }, signal) {
      return withStream(peer, PROTOCOLS['write-until-stopped'], signal, async stream => {
        await stream.write(Uint8Array.of(0))
        await stream.readPattern(UNREAD)
        await stream.stopReading()
        await stream.end()

        return {}
      })
    },

    async 'expect-reset' ({ peer, unread }: { peer: string, unread: boolean }, signal) {
      return withStream(peer, PROTOCOLS.reset, signal, async stream => {
        await stream.expectReset(async () => {
          await stream.write(Uint8Array.of(unread ? 1 : 0))
          await stream.writePattern(unread ? UNREAD : 0)
        })

        return {}
      })
    },

    async reset ({ peer, unread }: { peer: string, unread: boolean }, signal) {
      return withStream(peer, PROTOCOLS['expect-reset'], signal, async stream => {
        await stream.write(Uint8Array.of(unread ? 1 : 0))
        await stream.readBytes(1)
        stream.reset(new Error('The command is to reset the stream'))

        return {}
      })
    },

    async hold ({ peer }: { peer: string }, signal) {
      // it outlives the command
      const stream = await open(peer, PROTOCOLS.echo)
      const onAbort = (): void => { stream.reset(signal.reason) }
      const end = (outcome: object): void => {
        emit('stream', { peer, protocol: 'echo', direction: 'outbound', received: stream.received, ...outcome })
      }

      signal.addEventListener('abort', onAbort)

      try {
        await stream.write(Uint8Array.of(0))
        await stream.readBytes(1)
      } catch (err: any) {
        stream.reset(err)
        throw err
      } finally {
        signal.removeEventListener('abort', onAbort)
      }

      void stream.readToEnd().then(() => {
        end({ ok: true })
      }, err => {
        end({ ok: false, error: describeError(err) })
      })

      return {}
    },

    async 'write-with-pauses' ({ peer, bytes, count, pause }: { peer: string, bytes: number, count: number, pause: number }, signal) {
      return withStream(peer, PROTOCOLS.sink, signal, async stream => {
        for (let i = 0; i < count; i++) {
          await stream.writePattern(bytes, i * bytes)
          await new Promise(resolve => { setTimeout(resolve, pause * 1_000) })
        }

        await endSink(stream, bytes * count)

        return {}
      })
    },

    async 'write-and-close' ({ peer, bytes }: { peer: string, bytes: number }, signal) {
      const stream = await open(peer, PROTOCOLS.sink, signal)

      await stream.writePattern(bytes)
      await connections.close(peer, signal)

      return {}
    },

    async close ({ peer }: { peer: string }, signal) {
      await connections.close(peer, signal)

      return {}
    },

    async perf ({ peer, upload, download }: { peer: string, upload: number, download: number }, signal) {
      return withStream(peer, PROTOCOLS.perf, signal, async stream => {
        await stream.writeNumber(download)

        const start = performance.now()
        await stream.writePattern(upload)
        await stream.end()

        const uploaded = performance.now()
        await stream.readPatternToEnd(download)

        return {
          uploadMs: uploaded - start,
          downloadMs: performance.now() - uploaded
        }
      })
    },

    status () {
      const open = node.getConnections()

      return {
        connections: open.length,
        streams: open.reduce((sum, { streams }) => sum + streams.length, 0),
        resources: resources()
      }
    }
  }
}
