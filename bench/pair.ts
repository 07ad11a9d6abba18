/**
 * A dialer and a listener of one implementation, in two processes.
 */
import { fileURLToPath } from 'node:url'
import { Child } from '../chaos/ipc.ts'
import { startRelay } from '../chaos/relay/relay.ts'
import { usage } from '../flood/processes/usage.ts'
import { GO_END } from './ends/go.ts'
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { Program } from './ends/program.ts'
import { threadTimes } from './profile/threads.ts'
import type { Crowd } from './ends/crowd.ts'
import type { EndRequest } from './ends/end-process.ts'
import type { Exchanged, Way } from './ends/exercises.ts'
import type { Implementation } from './ends/implementations.ts'
import type { Relay } from '../chaos/relay/relay.ts'
import type { Usage } from '../flood/processes/usage.ts'
import type { Profiler } from 'node:inspector'

const PROCESS = fileURLToPath(new URL('./ends/end-process.js', import.meta.url))

/**
 * In bytes
 */
const WARM_UP = 4 * 1024 * 1024

/**
 * The process of an end
 */
type EndProcess = Pick<Child<EndRequest>, 'ask' | 'pid' | 'stop'>

/**
 * What both processes took meanwhile, in seconds of the processor
 */
export interface Cpu {
  dialer: number
  listener: number
}

export class Pair {
  readonly implementation: Implementation
  private readonly dialer: EndProcess
  private readonly listener: EndProcess
  private readonly address: string
  private isWarm = false

  /**
   * The path that it is connected over
   */
  private path?: string
  private readonly relays = new Map<string, Relay>()

  private constructor (implementation: Implementation, dialer: EndProcess, listener: EndProcess, address: string) {
    this.implementation = implementation
    this.dialer = dialer
    this.listener = listener
    this.address = address
  }

  /**
   * Starts both, with options for Node.js, and with packets of at most so many bytes
   */
  static async start (implementation: Implementation, options: string[] = [], mtu?: number): Promise<Pair> {
    const ends = [0, 1].map((): EndProcess => {
      return IMPLEMENTATIONS[implementation].isNode ? new Child<EndRequest>(PROCESS, [], options) : new Program<EndRequest>(GO_END)
    })

    try {
      await Promise.all(ends.map(async end => end.ask({ do: 'load', implementation, mtu })))
      const [dialer, listener] = ends

      return new Pair(implementation, dialer, listener, await listener.ask({ do: 'listen' }))
    } catch (err) {
      await Promise.all(ends.map(async end => end.stop()))
      throw err
    }
  }

  /**
   * Dials, unless it is connected over such a path. Resolves to how long it took,
   * in ms, once identify is done, which does not count.
   *
   * @param roundTrip - of the path, in ms
   * @param loss - the probability that a packet is lost
   */
  async connect (roundTrip = 0, loss = 0): Promise<number> {
    const path = `${roundTrip} ms, ${loss}`

    if (this.path === path) {
      return 0
    }

    await this.close()
    const ms: number = await this.dialer.ask({ do: 'dial', address: await this.addressAt(path, roundTrip, loss) })
    await this.dialer.ask({ do: 'settle' })
    this.path = path

    return ms
  }

  async close (): Promise<void> {
    if (this.path != null) {
      this.path = undefined
      await this.dialer.ask({ do: 'close' })
    }
  }

  /**
   * Does a little of everything, the first time, for the code to be compiled, and
   * connects
   */
  async warmUp (): Promise<void> {
    await this.connect()

    if (!this.isWarm) {
      this.isWarm = true
      await this.echoes(200, 8)
      await this.transfer('echo', WARM_UP)
    }
  }

  /**
   * Echoes of 32 bytes, each on a stream of its own
   */
  async echoes (count: number, parallel: number): Promise<Exchanged> {
    return this.dialer.ask({ do: 'exchange', protocol: 'echo', bytes: 32, count, parallel })
  }

  async answers (count: number): Promise<number[]> {
    return this.dialer.ask({ do: 'answers', count })
  }

  /**
   * How long each stream took, in ms
   */
  async transfer (way: Way, bytes: number, streams = 1): Promise<number[]> {
    return this.dialer.ask({ do: 'transfer', way, bytes, streams })
  }

  /**
   * With pings on a stream beside them, all the while
   */
  async transferWithPings (way: Way, bytes: number, streams: number): Promise<{ ms: number[], pings: number[] }> {
    return this.dialer.ask({ do: 'transfer with pings', way, bytes, streams })
  }

  /**
   * Connects more and more, from so many nodes at a time, and closes nothing
   */
  async crowd (count: number, nodes: number): Promise<Crowd> {
    return this.dialer.ask({ do: 'crowd', address: this.address, count, nodes })
  }

  /**
   * Opens so many streams on each connection of the crowd, which stay open
   */
  async holdStreams (count: number): Promise<void> {
    await this.dialer.ask({ do: 'hold', count })
  }

  /**
   * What both processes hold when garbage has been collected, in bytes
   */
  async memory (): Promise<{ dialer: number, listener: number }> {
    await Promise.all([this.dialer, this.listener].map(async end => end.ask({ do: 'collect garbage' })))
    const { dialer, listener } = this.usage()

    return { dialer: dialer.rss, listener: listener.rss }
  }

  /**
   * Whether there is an event loop, and a thread that has it
   */
  get hasEventLoop (): boolean {
    return IMPLEMENTATIONS[this.implementation].isNode
  }

  /**
   * How late the event loop of the listener is while something happens, in ms,
   * where there is one
   */
  async listenerDelay <T> (task: () => Promise<T>): Promise<{ result: T, p99?: number }> {
    if (!this.hasEventLoop) {
      return { result: await task() }
    }

    await this.listener.ask({ do: 'watch event loop' })
    const result = await task()

    return { result, p99: await this.listener.ask({ do: 'event loop p99' }) }
  }

  async during <T> (task: () => Promise<T>): Promise<{ result: T, cpu: Cpu }> {
    const before = this.usage()
    const result = await task()
    const after = this.usage()

    return {
      result,
      cpu: { dialer: after.dialer.cpu - before.dialer.cpu, listener: after.listener.cpu - before.listener.cpu }
    }
  }

  usage (): { dialer: Usage, listener: Usage } {
    return { dialer: usage(this.dialer.pid), listener: usage(this.listener.pid) }
  }

  /**
   * What the threads of both processes have taken, in seconds of the processor
   */
  threads (): { dialer: Map<string, number>, listener: Map<string, number> } {
    return { dialer: threadTimes(this.dialer.pid), listener: threadTimes(this.listener.pid) }
  }

  async beginProfile (): Promise<void> {
    await Promise.all([this.dialer, this.listener].map(async end => end.ask({ do: 'begin profile' })))
  }

  /**
   * What JavaScript did at both ends since it was begun
   */
  async endProfile (): Promise<{ dialer: Profiler.Profile, listener: Profiler.Profile }> {
    const [dialer, listener] = await Promise.all([this.dialer, this.listener].map(async end => end.ask({ do: 'end profile' })))

    return { dialer, listener }
  }

  async stop (): Promise<void> {
    await Promise.all([this.dialer, this.listener, ...this.relays.values()].map(async process => process.stop()))
  }

  private async addressAt (path: string, roundTrip: number, loss: number): Promise<string> {
    if (roundTrip === 0 && loss === 0) {
      return this.address
    }

    if (!IMPLEMENTATIONS[this.implementation].isUdp) {
      throw new Error('The relay takes datagrams only')
    }

    let relay = this.relays.get(path)

    if (relay == null) {
      relay = await startRelay({ target: Number(/\/udp\/(\d+)\//.exec(this.address)?.[1]), delay: roundTrip / 2, loss })
      this.relays.set(path, relay)
    }

    return this.address.replace(/\/udp\/\d+\//, `/udp/${relay.port}/`)
  }
}
