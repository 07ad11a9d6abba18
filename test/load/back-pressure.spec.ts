import { randomBytes } from 'node:crypto'
import { expect } from 'aegir/chai'
import { startRelay } from '../../chaos/relay/relay.ts'
import { readAll } from '../support/exchange.ts'
import { ECHO, IGNORE, memory, SINK } from '../support/peer-process.ts'
import { twoProcesses } from '../support/two-processes.ts'
import type { Relay } from '../../chaos/relay/relay.ts'

const KiB = 1024
const MiB = 1024 * KiB

describe('back-pressure', () => {
  const start = twoProcesses()

  const TOTAL = 1024 * MiB
  const CHUNK = 64 * KiB

  // what is under way while a gibibyte passes: the buffers of SCTP have 1 MiB
  // at each end, the queue of the channel 16 KiB, the write buffer a chunk.
  // The rest is room for the allocators.
  const ALLOWANCE = 64 * MiB

  let relay: Relay | undefined

  afterEach(async () => {
    await relay?.stop()
    relay = undefined
  })

  it('holds a writer to the speed of the network, in bounded memory', async function () {
    this.timeout(240_000)

    const { node, peer } = await start()
    relay = await startRelay({ target: peer.port, rate: 20_000_000, delay: 5, queue: { bytes: MiB } })

    const connection = await node.dial(peer.addressVia(relay.port))
    const stream = await connection.newStream(SINK)
    const chunk = randomBytes(CHUNK)
    const answer = readAll(stream)
    let before: Awaited<ReturnType<typeof measure>> | undefined

    async function measure (): Promise<number[]> {
      const [here, there] = [await memory(), await peer.memory()]

      return [here.rss, here.arrayBuffers, there.rss, there.arrayBuffers]
    }

    for (let sent = CHUNK; sent <= TOTAL; sent += CHUNK) {
      if (!stream.send(chunk)) {
        await stream.onDrain()
        expect(stream.writeBufferLength).to.be.at.most(CHUNK)
      }

      if (sent % (64 * MiB) === 0) {
        const now = await measure()
        before ??= now

        for (const [i, bytes] of now.entries()) {
          expect(bytes - before[i]).to.be.below(ALLOWANCE)
        }
      }
    }

    await stream.close()
    expect(new TextDecoder().decode(await answer)).to.equal(`${TOTAL}`)
  })

  it('resets a stream that nobody reads, and no other', async () => {
    const { node, peer } = await start()
    const connection = await node.dial(peer.address)
    const unread = await connection.newStream(IGNORE)
    const other = await connection.newStream(ECHO)
    const closed = peer.ignoredStreamClosed()
    const bounced = other[Symbol.asyncIterator]()
    const chunk = randomBytes(CHUNK)
    let written = 0

    async function write (): Promise<void> {
      while (true) {
        written += CHUNK

        if (!unread.send(chunk)) {
          await unread.onDrain()
        }
      }
    }

    const failed = new AbortController()
    void write().catch(err => { failed.abort(err) })

    while (!failed.signal.aborted) {
      other.send(Uint8Array.of(1))
      expect((await bounced.next()).value?.byteLength).to.equal(1)
    }

    expect(failed.signal.reason).to.have.property('name', 'StreamResetError')
    expect(await closed).to.equal('StreamBufferError')
    expect(written).to.be.above(4 * MiB).and.below(4 * MiB + 4 * MiB)
    await expect(unread.close()).to.eventually.be.rejected.with.property('name', 'StreamResetError')

    other.send(Uint8Array.of(1))
    expect((await bounced.next()).value?.byteLength).to.equal(1)
    await other.close()
    expect((await bounced.next()).done).to.be.true()
  })
})
