import { setPriority } from 'node:os'
import { expect } from 'aegir/chai'
import { median } from '../../bench/statistics.ts'
import { exchange } from '../support/exchange.ts'
import { startHostile } from '../support/hostile-process.ts'
import { PeerProcess, SINK, startNode } from '../support/peer-process.ts'
import type { MisdeedName } from '../support/hostile-process.ts'
import type { Connection, Libp2p } from '@libp2p/interface'

const MiB = 1024 * 1024

/**
 * What becomes of it: the name of the error with which its streams are reset,
 * nothing where all it does is refused or dropped
 */
const OUTCOMES: Record<MisdeedName, string | undefined> = {
  'opens every channel and uses none': undefined,
  'opens and closes channels in a loop': undefined,
  'opens channels that are unordered and may lose messages, and floods one': undefined,
  'sends to who does not read': 'StreamBufferError',
  'sends single bytes to who does not read': 'StreamBufferError',
  'sends behind its FIN': 'StreamViolationError',
  'sends FIN_ACK early, and again': 'StreamViolationError',
  'sends STOP_SENDING again and again': 'StreamViolationError',
  'answers nothing, and asks for protocols for ever': undefined,
  'sends frames of 256 KiB on 500 channels that never end': 'UnreadLimitError',
  'sends messages before Noise is done': undefined
}

describe('a listener with a peer that', () => {
  // what all streams of a connection may leave unread, and what else a few hundred
  // of them take
  const MAX_HELD = 40 * MiB

  // the same, with what is under way and what the allocators keep of it
  const MAX_GROWTH = 160 * MiB

  const TRANSFER = new Uint8Array(2 * MiB)
  const ROUNDS = 24
  const MIN_SHARE = 0.8

  let listener: PeerProcess
  let node: Libp2p
  let connection: Connection

  before(async function () {
    this.timeout(30_000)
    listener = await PeerProcess.start()
    node = await startNode()
    connection = await node.dial(listener.address)
    await transfer()
  })

  after(async () => {
    await node.stop()
    expect(await listener.stop()).to.equal(0)
  })

  /**
   * In bytes a second
   */
  async function transfer (): Promise<number> {
    const begin = performance.now()
    const answer = await exchange(await connection.newStream(SINK), TRANSFER)
    expect(new TextDecoder().decode(answer)).to.equal(`${TRANSFER.byteLength}`)

    return TRANSFER.byteLength / (performance.now() - begin) * 1_000
  }

  const outcomes = Object.entries(OUTCOMES) as Array<[MisdeedName, string | undefined]>

  outcomes.forEach(([name, error]) => {
    it(`${name}: serves others, in bounded memory${error == null ? '' : `, and resets with ${error}`}`, async function () {
      this.timeout(60_000)

      const before = await listener.memory()
      const resetsBefore = await listener.resets()
      const undisturbed: number[] = []
      const shares: number[] = []
      const hostile = await startHostile(`${listener.address}`, name)

      // its own work is not what is measured
      setPriority(hostile.pid ?? 0, 19)

      try {
        // in turns: whatever else runs on the machine makes both slower
        for (let i = 0; i < ROUNDS; i++) {
          const disturbed = await transfer()
          hostile.kill('SIGSTOP')
          undisturbed.push(await transfer())
          hostile.kill('SIGCONT')
          shares.push(disturbed / undisturbed[i])
        }

        const share = median(shares)
        const after = await listener.memory()
        const resets = await listener.resets()
        const held = after.arrayBuffers - before.arrayBuffers
        const grown = after.rss - before.rss
        const news = Object.entries(resets).filter(([name, count]) => count > (resetsBefore[name] ?? 0))

        // eslint-disable-next-line no-console
        console.log(`      ${(share * 100).toFixed(0)} % of ${(median(undisturbed) / MiB).toFixed(0)} MiB/s, held ${(held / MiB).toFixed(0)} MiB, process + ${(grown / MiB).toFixed(0)} MiB, resets ${JSON.stringify(Object.fromEntries(news))}`)

        expect(held).to.be.below(MAX_HELD)
        expect(grown).to.be.below(MAX_GROWTH)
        expect(share).to.be.at.least(MIN_SHARE)

        if (error != null) {
          expect(news.map(([name]) => name)).to.include(error)
        }
      } finally {
        hostile.kill('SIGKILL')
      }
    })
  })
})
