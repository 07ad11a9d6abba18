/**
 * Many connections to one listener, from several processes.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { Dialer } from './processes/dialer.ts'
import type { ChurnReport, Open } from './processes/dialer.ts'

/**
 * How many connections a process holds: the sockets of more take the time of a
 * system thread that polls them
 */
const PER_PROCESS = 125

/**
 * How many nodes dial beside each other in a process, and where all connections are
 * to stay: many of those at once take so long that some are given up
 */
const NODES = 5
const CONNECTING = 1

export class Crowd {
  private readonly dialers: Dialer[] = []

  get processes (): readonly Dialer[] {
    return this.dialers
  }

  /**
   * @param processes - how many
   * @param nodes - in each
   * @param keys - the private keys of the nodes of each process; new ones where there
   * are none
   */
  async start (processes: number, nodes = NODES, keys: Uint8Array[][] = []): Promise<void> {
    const started = Array.from({ length: processes }, () => new Dialer())
    this.dialers.push(...started)
    await Promise.all(started.map(async (dialer, i) => dialer.start(nodes, 'ours', keys[i])))
  }

  /**
   * Makes so many connections, with so many streams on each
   */
  async connect (address: string, connections: number, streams: number): Promise<void> {
    const processes = Math.ceil(connections / PER_PROCESS)
    await this.start(processes, CONNECTING)
    await Promise.all(this.dialers.slice(-processes).map(async (dialer, i) => dialer.connect(address, share(connections, processes, i), streams)))
  }

  /**
   * Makes and closes so many connections, so many at a time
   */
  async churn (address: string, count: number, parallel: number, sizes?: number[]): Promise<ChurnReport> {
    const { length } = this.dialers
    const reports = await Promise.all(this.dialers.map(async (dialer, i) => dialer.churn({
      address,
      sizes,
      count: share(count, length, i),
      parallel: share(parallel, length, i)
    })))

    return sum(reports)
  }

  async open (): Promise<Open> {
    const all = await Promise.all(this.dialers.map(async dialer => dialer.open()))

    return {
      connections: all.reduce((sum, { connections }) => sum + connections, 0),
      streams: all.reduce((sum, { streams }) => sum + streams, 0)
    }
  }

  async close (): Promise<void> {
    await Promise.all(this.dialers.map(async dialer => dialer.close()))
  }

  /**
   * Resolves to how the processes have ended by themselves; nothing for one that has
   * not within so many ms
   */
  async end (timeout: number): Promise<Array<string | undefined>> {
    return Promise.all(this.dialers.splice(0).map(async dialer => {
      const end = await dialer.end(timeout)
      await dialer.stop()

      return end
    }))
  }

  async stop (): Promise<void> {
    await Promise.all(this.dialers.splice(0).map(async dialer => dialer.stop()))
  }
}

export interface Doomed {
  address: string
  processes: number
  nodes?: number
  parallel: number
  sizes?: number[]

  /**
   * How long they live, and how long the next ones wait, in ms
   */
  life: number
  pause?: number
}

/**
 * Dialers that make connections until they are killed, and start again. Returns how
 * many were killed.
 *
 * They come back as the same peers. The peer store of libp2p remembers every peer: an
 * entry has about 100 bytes, but keeps the block of 64 KiB that `Buffer` has cut it
 * from. With new peers each time the heap would grow by that.
 */
export async function killAgainAndAgain ({ address, processes, nodes = NODES, parallel, sizes, life, pause = 0 }: Doomed, over: AbortSignal): Promise<number> {
  const keys = await Promise.all(Array.from({ length: processes }, async () => Promise.all(Array.from({ length: nodes }, newKey))))
  let killed = 0

  while (!over.aborted) {
    const crowd = new Crowd()

    try {
      await crowd.start(processes, nodes, keys)

      // it does not come to its end
      crowd.churn(address, Infinity, parallel, sizes).catch(() => {})
      await rest(life, over)
      killed += processes
    } finally {
      await crowd.stop()
    }

    await rest(pause, over)
  }

  return killed
}

async function newKey (): Promise<Uint8Array> {
  return privateKeyToProtobuf(await generateKeyPair('Ed25519'))
}

/**
 * Waits for so many ms, or until it is over
 */
export async function rest (time: number, over: AbortSignal): Promise<void> {
  await sleep(time, undefined, { signal: over }).catch(() => {})
}

/**
 * What one of so many does of the whole
 */
export function share (whole: number, parts: number, part: number): number {
  return whole === Infinity ? whole : Math.floor(whole * (part + 1) / parts) - Math.floor(whole * part / parts)
}

export function sum (reports: ChurnReport[]): ChurnReport {
  const failures: Record<string, number> = {}

  for (const [failure, count] of reports.flatMap(report => Object.entries(report.failures))) {
    failures[failure] = (failures[failure] ?? 0) + count
  }

  return { connections: reports.reduce((sum, { connections }) => sum + connections, 0), failures }
}
