/* eslint-disable no-console */
/**
 * Does everything to connections in every order, from a seed, then stops and has
 * to exit by itself.
 */
import { createLibp2p } from 'libp2p'
import { webRTCDirect } from '../../src/index.ts'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'

const PROTOCOL = '/test/chaos/1.0.0'
const STEPS = 400

let seed = parseInt(process.argv[2], 10)

// mulberry32
function random (limit: number): number {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t

  return ((t ^ (t >>> 14)) >>> 0) % limit
}

function pick <T> (items: T[]): T | undefined {
  return items[random(items.length)]
}

async function createNode (): Promise<Libp2p> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
    transports: [webRTCDirect({ dataChannel: { finAckTimeout: 500 }, setupTimeout: 2_000 })],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { inboundConnectionThreshold: 1_000, reconnectRetries: 0 }
  })

  await node.handle(PROTOCOL, async (stream) => {
    streams.push(stream)

    if (random(2) === 0) {
      for await (const data of stream) {
        stream.send(data)
      }

      await stream.close()
    }
  }, { maxInboundStreams: 1_000 })

  return node
}

const streams: Stream[] = []
const waiting: Array<Promise<unknown>> = []
let nodes: Libp2p[] = await Promise.all([createNode(), createNode(), createNode()])

function connections (): Connection[] {
  return nodes.flatMap(node => node.getConnections())
}

// what fails here may fail, what ends the process must not
const actions: Array<() => unknown> = [
  async () => {
    const to = pick(pick(nodes)?.getMultiaddrs() ?? [])

    return to == null ? undefined : pick(nodes)?.dial(to, { force: true, signal: AbortSignal.timeout(1 + random(300)) })
  },
  async () => {
    const stream = await pick(connections())?.newStream(PROTOCOL, { maxOutboundStreams: 1_000, signal: AbortSignal.timeout(1 + random(500)) })

    if (stream != null) {
      streams.push(stream)
    }
  },
  () => pick(streams)?.send(new Uint8Array(1 + random(100_000))),
  () => pick(streams)?.send(new Uint8Array(1)),
  async () => pick(streams)?.close(),
  async () => pick(streams)?.close({ signal: AbortSignal.timeout(1 + random(50)) }),
  async () => pick(streams)?.closeRead(),
  () => pick(streams)?.abort(new Error('enough')),
  async () => random(4) === 0 ? pick(connections())?.close() : undefined,
  () => random(4) === 0 ? pick(connections())?.abort(new Error('enough')) : undefined,
  async () => {
    if (random(10) === 0) {
      const stopped = pick(nodes)
      nodes = nodes.filter(node => node !== stopped)
      await stopped?.stop()
      const created = await createNode()
      nodes.push(created)
    }
  },
  async () => new Promise(resolve => { setTimeout(resolve, random(20)) })
]

for (let i = 0; i < STEPS; i++) {
  try {
    const result = pick(actions)?.()

    if (result instanceof Promise) {
      waiting.push(result.catch(() => {}))

      if (random(3) === 0) {
        await result.catch(() => {})
      }
    }
  } catch {
    // the stream is closed
  }
}

await Promise.all(waiting)
await Promise.all(nodes.map(async node => node.stop()))
console.log(`done with ${streams.length} streams`)
