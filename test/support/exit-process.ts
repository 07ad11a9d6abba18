/**
 * Two ends of a native connection of which one closes a channel that the other
 * has opened, after which the process has to exit by itself. Something else
 * remembers where the channel came from: an error, or for half a second whoever
 * was told of it first.
 */
import { createRequire } from 'node:module'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { mock } from 'node:test'
import { setImmediate as aTurn } from 'node:timers/promises'
import { defaultLogger } from '@libp2p/logger'
import { nativePair } from './native-pair.ts'
import type { ChannelHandler } from '../../src/ports.ts'
import type { DataChannel } from 'node-datachannel'

const nodeDataChannel = createRequire(import.meta.url)('node-datachannel').default
const kept: unknown[] = []

if (process.argv[2] === 'for a while') {
  nodeDataChannel.PeerConnection = class extends nodeDataChannel.PeerConnection {
    onDataChannel (callback: (native: DataChannel) => void): void {
      super.onDataChannel((native: DataChannel) => {
        kept.push(native)
        callback(native)
      })
    }
  }
}

function handler (events: Partial<ChannelHandler> = {}): ChannelHandler {
  return { onMessage () {}, onViolation () {}, onDrain () {}, onClosed () {}, ...events }
}

if (process.argv[2] === 'beside a histogram') {
  // which is not enabled yet
  kept.push(monitorEventLoopDelay())
}

const [a, b] = await nativePair(defaultLogger().forComponent('test'))
const opened = Promise.withResolvers<void>()
const closed = Promise.withResolvers<void>()

b.attach({
  onClosed () {},
  onChannel (channel) {
    if (process.argv[2] === 'in an error') {
      kept.push(new Error('It is closed already'))
    }

    channel.attach(handler({ onClosed: () => { closed.resolve() } }))
    opened.resolve()
  }
})

const channel = a.openChannel()
channel.attach(handler())
channel.send(Uint8Array.of(1))

await opened.promise
channel.close()
await closed.promise
await Promise.all([a.close(), b.close()])

setTimeout(() => { kept.length = process.argv[2] === 'for a while' ? 0 : kept.length }, 500).unref()

if (process.argv[2] === 'while timers are mocked') {
  mock.timers.enable({ apis: ['setTimeout'] })

  // the timers that were set before fire
  for (const start = performance.now(); performance.now() - start < 500;) {
    await aTurn()
  }

  mock.timers.reset()
}
