/* eslint-disable no-console */
/**
 * A page with this transport beside one with the package `@libp2p/webrtc`: both
 * dial the same listener, in turns, in a page of their own each time.
 */
import { availableParallelism, cpus } from 'node:os'
import { Command, InvalidArgumentError } from 'commander'
import { TRIALS } from '../../test/browser/field-trials.ts'
import { packageOf } from '../js/implementations.ts'
import { PeerProcess } from '../peer-process.ts'
import { OURS } from '../peers.ts'
import { ProcessLog } from '../process-log.ts'
import { median, renderDials, renderFigures } from './bench-tables.ts'
import { BROWSERS } from './browsers.ts'
import { bundlePage } from './bundle.ts'
import { PagePeer } from './page-peer.ts'
import type { Dials, Figures } from './bench-tables.ts'
import type { DrivenBrowser } from './browsers.ts'
import type { DialerVersion } from './implementations.ts'
import type { Reply } from '../js/control.ts'

const MIB = 1024 * 1024
const IMPLEMENTATIONS = ['ours', 'js-libp2p']

/**
 * How often a page dials, in a round
 */
const DIALS = 5

interface Listener {
  readonly peer: string
  readonly address: string
}

/**
 * A page, and what it is asked
 */
class BenchPage {
  private readonly peer: PagePeer
  private readonly listener: Listener
  private version?: number
  private lastId = 0

  private constructor (peer: PagePeer, listener: Listener) {
    this.peer = peer
    this.listener = listener
  }

  static async open (browser: DrivenBrowser, listener: Listener, implementation: string, dialerVersion: DialerVersion = 'auto'): Promise<BenchPage> {
    const peer = await PagePeer.open(browser, {
      implementation,
      dialerVersion,
      onEvent: (event, fields) => {
        if (event === 'connected') {
          page.version = (fields as { version?: number }).version
        }
      },
      onLog: () => {}
    })
    const page: BenchPage = new BenchPage(peer, listener)

    return page
  }

  /**
   * In ms, and with which version of the protocol
   */
  async dial (): Promise<{ ms: number, version?: number }> {
    const { ms } = await this.ask('dial', { address: this.listener.address })

    return { ms, version: this.version }
  }

  async disconnect (): Promise<void> {
    await this.ask('close', { peer: this.listener.peer })
  }

  /**
   * In ms
   */
  async exchange (protocol: string, bytes: number, count = 1, parallel = 1): Promise<number> {
    const { ms } = await this.ask('exchange', { peer: this.listener.peer, protocol, bytes, count, parallel })

    return ms
  }

  async close (): Promise<void> {
    await this.peer.stop()
  }

  private async ask (cmd: string, args: object): Promise<Reply> {
    const reply = await this.peer.run({ id: ++this.lastId, cmd, ...args, timeout: 120 })

    if (!reply.ok) {
      throw new Error(`${cmd}: ${reply.error ?? JSON.stringify(reply.errors)}`)
    }

    return reply
  }
}

/**
 * One round of one implementation
 */
async function measure (browser: DrivenBrowser, listener: Listener, implementation: string): Promise<Figures> {
  const page = await BenchPage.open(browser, listener, implementation)

  try {
    const dials: number[] = []

    while (dials.length < DIALS) {
      dials.push((await page.dial()).ms)
      await page.disconnect()
    }

    await page.dial()

    const rate = async (protocol: string, bytes: number): Promise<number> => bytes / 1e3 / await page.exchange(protocol, bytes)
    const streams = async (count: number, parallel: number): Promise<number> => count * 1e3 / await page.exchange('echo', 100, count, parallel)

    return {
      'connect, ms': median(dials),
      'streams one after another, 1/s': await streams(500, 1),
      'streams, 32 in flight, 1/s': await streams(1_000, 32),
      'echo of 16 MiB, MB/s': await rate('echo', 16 * MIB),
      'up, 32 MiB, MB/s': await rate('sink', 32 * MIB),
      'down, 32 MiB, MB/s': await rate('source', 32 * MIB)
    }
  } finally {
    await page.close()
  }
}

/**
 * With which version a page dials, and how long its first and its second dial
 * take
 */
async function measureDials (listener: Listener): Promise<Dials[]> {
  const all: Dials[] = []

  for (const trial of [undefined, ...TRIALS]) {
    const browser = await BROWSERS.chromium({ trial })

    try {
      for (const dialerVersion of ['auto', 1, 2] as const) {
        const page = await BenchPage.open(browser, listener, 'ours', dialerVersion)

        try {
          const first = await page.dial()
          await page.disconnect()
          const second = await page.dial()

          all.push({ trial, dialerVersion, outcome: `version ${first.version}`, first: first.ms, second: second.ms })
        } catch (err: any) {
          all.push({ trial, dialerVersion, outcome: err.message.replace(/^dial: (\w+).*$/s, '$1') })
        } finally {
          await page.close()
        }
      }
    } finally {
      await browser.close()
    }
  }

  return all
}

async function main (rounds: number): Promise<void> {
  await bundlePage()

  const listening = await PeerProcess.start({ command: [...OURS.command, 'listen'], log: new ProcessLog(undefined, '') })
  const listener = { peer: listening.id, address: listening.ready.addrs[0] }
  const browser = await BROWSERS.chromium({})
  const samples = new Map<string, Figures[]>(IMPLEMENTATIONS.map(name => [name, []]))

  try {
    for (let round = 1; round <= rounds; round++) {
      // who is first changes
      for (const name of round % 2 === 1 ? IMPLEMENTATIONS : IMPLEMENTATIONS.toReversed()) {
        samples.get(name)?.push(await measure(browser, listener, name))
      }

      console.error(`round ${round} of ${rounds} is done`)
    }

    const [ours, theirs] = IMPLEMENTATIONS.map(name => ({ ...packageOf(name), rounds: samples.get(name) ?? [] }))

    console.log(`${browser.name} ${browser.version}, ${cpus()[0].model.trim()}, ${availableParallelism()} cores, over the loopback interface, medians of ${rounds} rounds (least to most)\n`)
    console.log(renderFigures(ours, theirs))
    console.log(`\n${renderDials(await measureDials(listener))}`)
  } finally {
    await browser.close()
    await listening.stop()
  }
}

function parseRounds (text: string): number {
  if (!/^[1-9]\d*$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number from 1.')
  }

  return Number(text)
}

await new Command('npm run bench:browser --')
  .description('Measure this transport and @libp2p/webrtc in Chromium, side by side')
  .option('--rounds <number>', 'how often each is measured', parseRounds, 5)
  .action(async ({ rounds }) => { await main(rounds) })
  .parseAsync()
