/**
 * A listener in a process of its own, and what that process takes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Child } from '../../chaos/ipc.ts'
import { GO_PEER } from '../../interop/peers.ts'

export type Implementation = 'ours' | 'js-libp2p' | 'go-libp2p'

export interface ListenerInit {
  implementation: Implementation

  /**
   * 0 for any
   */
  port: number

  /**
   * The private key, which says what the address is
   */
  key: Uint8Array
}

export type ListenerRequest =
  { do: 'start', init: ListenerInit } |

  /**
   * Measures the event loop from now on
   */
  { do: 'begin' } |

  /**
   * Answers with the delay of the event loop
   */
  { do: 'delay' } |

  /**
   * Answers with what the process holds
   */
  { do: 'held' }

/**
 * The young generation of V8 grows to 96 MB where there is much to do, whoever does
 * it, and would hide what the listener holds: this makes it 12 MB at most
 */
const NODE_OPTIONS = ['--max-semi-space-size=4']

/**
 * USER_HZ of Linux
 */
const TICKS_PER_SECOND = 100

export interface Delay {
  p99: number
  longest: number
}

/**
 * What a process holds when garbage has been collected
 */
export interface Held {
  /**
   * JavaScript objects and what belongs to them, in bytes
   */
  heap: number

  /**
   * Connections of the native stack, where that is known
   */
  peerConnections?: number
}

export interface Listener {
  readonly address: string
  readonly port: number
  readonly pid: number
  begin (): Promise<void>

  /**
   * Nothing where it is no process of Node.js
   */
  delay (): Promise<Delay | undefined>
  held (): Promise<Held | undefined>

  /**
   * Ends the process without a farewell
   */
  stop (): Promise<void>
}

export async function startListener (init: ListenerInit): Promise<Listener> {
  return init.implementation === 'go-libp2p' ? startGo() : startNode(init)
}

async function startNode (init: ListenerInit): Promise<Listener> {
  const child = new Child<ListenerRequest>(fileURLToPath(new URL('./listener-process.js', import.meta.url)), [], NODE_OPTIONS)

  try {
    const address: string = await child.ask({ do: 'start', init })

    return {
      address,
      port: portOf(address),
      pid: child.pid,
      begin: async () => child.ask({ do: 'begin' }),
      delay: async () => child.ask({ do: 'delay' }),
      held: async () => child.ask({ do: 'held' }),
      stop: async () => child.stop()
    }
  } catch (err) {
    await child.stop()
    throw err
  }
}

async function startGo (): Promise<Listener> {
  const child = spawn(GO_PEER, ['listen', '--host', '127.0.0.1'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  process.on('exit', () => { child.kill('SIGKILL') })

  const [line] = await Promise.race([once(lines, 'line'), exited.then(() => { throw new Error('The listener of go-libp2p has ended') })])
  const address: string = JSON.parse(line).addrs[0]

  return {
    address,
    port: portOf(address),
    pid: child.pid ?? 0,
    begin: async () => {},
    delay: async () => undefined,
    held: async () => undefined,
    async stop () {
      child.kill('SIGKILL')
      await exited
    }
  }
}

function portOf (address: string): number {
  return Number(/\/udp\/(\d+)\//.exec(address)?.[1])
}

/**
 * What a process takes: memory in bytes, and seconds of the processor since its
 * start
 */
export function usage (pid: number): { rss: number, threads: number, cpu: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1])

  // the name of the program may have spaces
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number)

  return { rss: field('VmRSS') * 1_024, threads: field('Threads'), cpu: (user + system) / TICKS_PER_SECOND }
}
