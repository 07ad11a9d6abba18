/**
 * Plays a row: a listener, what happens to it, and honest dials beside that.
 */
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { overruns } from '../chaos/relay/overruns.ts'
import { Dialers } from './processes/dialer.ts'
import { Flooder } from './processes/flooder.ts'
import { startListener } from './processes/listener.ts'
import { usage } from './processes/usage.ts'
import { sourceAddress } from './sources.ts'
import type { Course, Dial, ListenerFigures, Outcome } from './outcome.ts'
import type { DialersInit } from './processes/dialer.ts'
import type { Held, Listener } from './processes/listener.ts'
import type { HonestDials, Meanwhile, Row } from './rows.ts'
import type { Network } from './sources.ts'

/**
 * How many dial before it begins: the first connections of a process load what
 * stays
 */
const WARM_UP = 5

/**
 * How many dials of a second one process makes
 */
const DIALS_PER_PROCESS = 50

/**
 * How many nodes a process holds
 */
const NODES_PER_PROCESS = 125

/**
 * How often the listener's process is looked at, in ms
 */
const SAMPLING = 100

/**
 * How long after the end it may take to give back what it held, in ms
 */
const COOLING = 15_000

/**
 * How long after the listener was killed its dialers are watched, in ms
 */
const WATCHING = 45_000

/**
 * Dials beside each other, of nodes in several processes
 */
class Crowd {
  private readonly processes: Dialers[] = []

  async prepare (hosts: string[], perProcess: number, version: DialersInit['version']): Promise<void> {
    const count = Math.ceil(hosts.length / perProcess)
    this.processes.push(...Array.from({ length: count }, () => new Dialers()))
    await Promise.all(this.processes.map(async (dialers, i) => dialers.prepare({
      hosts: hosts.filter((_, node) => node % count === i),
      version
    })))
  }

  /**
   * One every so many ms
   */
  async dial (address: string, from: number, to: number, every: number, keep = false): Promise<Dial[]> {
    const start = performance.now()
    const dials: Array<Promise<Dial>> = []

    for (let i = from; i < to; i++) {
      await sleep(Math.max(0, start + (i - from) * every - performance.now()))
      const { length } = this.processes
      dials.push(this.processes[i % length].dial(Math.floor(i / length), address, keep))
    }

    return Promise.all(dials)
  }

  get first (): Dialers {
    return this.processes[0]
  }

  /**
   * When those that were kept have ended
   */
  get closed (): number[] {
    return this.processes.flatMap(({ closed }) => closed)
  }

  async stop (): Promise<void> {
    await Promise.all(this.processes.map(async dialers => dialers.stop()))
  }
}

interface Play {
  listener: Listener
  honest: Crowd
  crowd: Crowd
  flooder: Flooder
  key: Uint8Array
}

export async function runTrial (row: Row): Promise<Outcome> {
  const started: Array<{ stop(): Promise<void> }> = []
  const begin = <T extends { stop(): Promise<void> }> (it: T): T => {
    started.push(it)

    return it
  }

  try {
    const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'))
    const honest = begin(new Crowd())
    const crowd = begin(new Crowd())
    const flooder = begin(new Flooder())
    const [listener] = await Promise.all([
      startListener({ implementation: row.implementation, port: 0, key }).then(begin),
      prepareHonest(honest, row.dials),
      prepareCrowd(crowd, row.meanwhile)
    ])

    if (row.meanwhile.what === 'flood') {
      await flooder.prepare(listener.port, row.meanwhile.flood)
    }

    await honest.dial(listener.address, 0, WARM_UP, 100)

    return await play(row, { listener, honest, crowd, flooder, key }, begin)
  } finally {
    await Promise.all(started.map(async it => it.stop()))
  }
}

function hosts (network: Network, count: number, addresses: number): string[] {
  return Array.from({ length: count }, (_, i) => sourceAddress(network, i % addresses))
}

async function prepareHonest (honest: Crowd, { count, every, hosts: addresses, version }: HonestDials): Promise<void> {
  const processes = Math.ceil(1_000 / every / DIALS_PER_PROCESS)
  await honest.prepare(hosts('dialers', WARM_UP + count, addresses), Math.ceil((WARM_UP + count) / processes), version)
}

async function prepareCrowd (crowd: Crowd, meanwhile: Meanwhile): Promise<void> {
  switch (meanwhile.what) {
    case 'restart':
      return crowd.prepare(hosts('crowd', meanwhile.connected, meanwhile.connected), NODES_PER_PROCESS, 'auto')
    case 'crowd':
      return crowd.prepare(hosts('crowd', meanwhile.count, 1), NODES_PER_PROCESS, 'auto')
    case 'scatter':
      return crowd.prepare(hosts('liars', 1, 1), 1, 1)
    default:
  }
}

async function play (row: Row, play: Play, begin: (it: Listener) => Listener): Promise<Outcome> {
  const { meanwhile, dials: { count, every } } = row
  const { honest, crowd, flooder } = play
  const dial = async ({ address }: Listener): Promise<Dial[]> => honest.dial(address, WARM_UP, WARM_UP + count, every)
  const measured = async <T> (listener: Listener, run: () => Promise<T>): Promise<{ listener: ListenerFigures, result: T }> => {
    const watch = await Watch.begin(listener)
    const result = await run()

    return { listener: await watch.end(), result }
  }

  switch (meanwhile.what) {
    case 'nothing': {
      const { listener, result: dials } = await measured(play.listener, async () => dial(play.listener))

      return { listener, dials, load: load() }
    }

    case 'flood': {
      const { listener, result: [flood, dials] } = await measured(play.listener, async () => Promise.all([flooder.run(), dial(play.listener)]))

      return { listener, dials, flood, load: load() }
    }

    case 'crowd': {
      const { listener, result: [others, dials] } = await measured(play.listener, async () => Promise.all([
        crowd.dial(play.listener.address, 0, meanwhile.count, meanwhile.every, true),
        dial(play.listener)
      ]))
      const connected = others.filter(({ error }) => error == null).length

      return { listener, dials, crowd: { connected: connected / meanwhile.count, alive: (connected - crowd.closed.length) / meanwhile.count }, load: load() }
    }

    case 'scatter': {
      await crowd.dial(play.listener.address, 0, 1, 0, true)
      const credentials = await crowd.first.credentials(0)
      const { listener, result: [flood, dials] } = await measured(play.listener, async () => Promise.all([
        flooder.scatter(play.listener.port, meanwhile.sources, credentials),
        dial(play.listener)
      ]))

      return { listener, dials, flood, crowd: { connected: 1, alive: 1 - crowd.closed.length }, load: load() }
    }

    case 'restart': {
      const { address, port } = play.listener
      const before = await crowd.dial(address, 0, meanwhile.connected, 40, true)
      const failed = before.find(({ error }) => error != null)

      if (failed != null) {
        throw new Error(`A dialer could not connect before: ${failed.error}`)
      }

      await play.listener.stop()
      const killedAt = performance.now()
      const again = begin(await startListener({ implementation: row.implementation, port, key: play.key }))
      const { listener, result: dials } = await measured(again, async () => dial(again))
      await sleepUntil(() => crowd.closed.length === meanwhile.connected, killedAt + WATCHING)
      const noticed = Array.from({ length: meanwhile.connected }, (_, i) => (crowd.closed[i] ?? Infinity) - killedAt)

      return { listener, dials, noticed, load: load() }
    }

    default:
      return meanwhile satisfies never
  }
}

async function sleepUntil (holds: () => boolean, deadline: number): Promise<void> {
  while (!holds() && performance.now() < deadline) {
    await sleep(SAMPLING)
  }
}

function load (): number {
  return loadavg()[0]
}

/**
 * Looks at the process of a listener again and again
 */
class Watch {
  private readonly listener: Listener
  private readonly held?: Held
  private readonly before: ReturnType<typeof usage>
  private readonly since = performance.now()
  private readonly peak: { rss: number, threads: number }
  private readonly timer: ReturnType<typeof setInterval>
  private readonly drops: number

  private constructor (listener: Listener, held?: Held) {
    this.listener = listener
    this.held = held
    this.before = usage(listener.pid)
    this.peak = { ...this.before }
    this.drops = overruns([listener.port]) ?? 0
    this.timer = setInterval(() => { this.look() }, SAMPLING)
  }

  static async begin (listener: Listener): Promise<Watch> {
    const held = await listener.held()
    await listener.begin()

    return new Watch(listener, held)
  }

  private look (): void {
    const { rss, threads } = usage(this.listener.pid)
    this.peak.rss = Math.max(this.peak.rss, rss)
    this.peak.threads = Math.max(this.peak.threads, threads)
  }

  /**
   * What is held when set-ups have ended, or when the time is over
   */
  private async cooled (): Promise<Held | undefined> {
    const deadline = performance.now() + COOLING

    while (true) {
      const held = await this.listener.held()

      if (performance.now() > deadline || held?.peerConnections === 0) {
        return held
      }

      await sleep(SAMPLING)
    }
  }

  async end (): Promise<ListenerFigures> {
    clearInterval(this.timer)
    this.look()

    const { pid, port } = this.listener
    const cpu = (usage(pid).cpu - this.before.cpu) * 1_000 / (performance.now() - this.since)
    const drops = (overruns([port]) ?? 0) - this.drops
    const delay = await this.listener.delay()
    const held = await this.cooled()
    const after = usage(pid)
    const course = (name: 'rss' | 'threads'): Course => ({ before: this.before[name], peak: this.peak[name], after: after[name] })

    return {
      rss: course('rss'),
      threads: course('threads'),
      heapGrowth: held != null && this.held != null ? held.heap - this.held.heap : undefined,
      peersLeft: held?.peerConnections,
      cpu,
      drops,
      delay
    }
  }
}
