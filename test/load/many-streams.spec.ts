import { randomBytes } from 'node:crypto'
import { expect } from 'aegir/chai'
import { exchange } from '../support/exchange.ts'
import { ECHO, MAX_STREAMS, memory } from '../support/peer-process.ts'
import { twoProcesses } from '../support/two-processes.ts'
import type { Memory } from '../support/peer-process.ts'
import type { Connection, Stream } from '@libp2p/interface'

const KiB = 1024
const MiB = 1024 * KiB

const OUTBOUND = { maxOutboundStreams: MAX_STREAMS }

describe('a connection with many streams', () => {
  const start = twoProcesses()

  it('loses none of 100,000, and remembers none', async function () {
    this.timeout(300_000)

    const STREAMS = 100_000
    const WARM = 20_000
    const IN_FLIGHT = 32

    // the stacks of both ends, warm, vary by a few MiB. What this process holds
    // as a whole varies by more: other tests have left it gaps to fill.
    const ALLOWANCE = 32 * MiB
    const HEAP_ALLOWANCE = 8 * MiB

    const { node, peer } = await start()
    const connection = await node.dial(peer.address)
    const data = randomBytes(100)

    async function run (count: number): Promise<{ here: Memory, there: Memory }> {
      let left = count

      await Promise.all(Array.from({ length: IN_FLIGHT }, async () => {
        while (left-- > 0) {
          const stream = await connection.newStream(ECHO, OUTBOUND)
          expect(await exchange(stream, data)).to.equalBytes(data)
        }
      }))

      return { here: await memory(), there: await peer.memory() }
    }

    const warm = await run(WARM)
    const end = await run(STREAMS - WARM)

    expect(end.here.heap - warm.here.heap).to.be.below(HEAP_ALLOWANCE)
    expect(end.there.heap - warm.there.heap).to.be.below(HEAP_ALLOWANCE)
    expect(end.there.rss - warm.there.rss).to.be.below(ALLOWANCE)
  })

  it('opens as many as there are data channels, the next when one is free', async () => {
    const CAPACITY = 510

    const { node, peer } = await start({ streamOpenTimeout: 3_000 })
    const connection = await node.dial(peer.address)
    const streams = await openAll(connection, CAPACITY)
    const data = randomBytes(100)

    await expect(connection.newStream(ECHO, OUTBOUND)).to.eventually.be.rejected
      .with.property('name', 'ChannelLimitError')
    await expect(connection.newStream(ECHO, { ...OUTBOUND, signal: AbortSignal.timeout(10) })).to.eventually.be.rejected
      .with.property('name', 'TimeoutError')

    const next = connection.newStream(ECHO, OUTBOUND)
    const first = streams.shift()
    expect(first).to.be.ok()
    await exchange(first as Stream, data)
    streams.push(await next)

    for (const echoed of await Promise.all(streams.map(async stream => exchange(stream, data)))) {
      expect(echoed).to.equalBytes(data)
    }
  })

  async function openAll (connection: Connection, count: number): Promise<Stream[]> {
    return Promise.all(Array.from({ length: count }, async () => connection.newStream(ECHO, OUTBOUND)))
  }
})
