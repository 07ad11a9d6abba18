/**
 * A listener in a process of its own, and what that process takes.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Child } from '../../chaos/ipc.ts'
import { GO_PEER } from '../../interop/peers.ts'

/**
 * What it answers with what it gets; nothing but a protocol for strangers to use
 */
export const ECHO_PROTOCOL = '/echo/1.0.0'

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
  { do: 'held' } |

  /**
   * Stops the node and starts it again, so many times
   */
  { do: 'restart', count: number } |

  /**
   * Stops the node, after which nothing keeps the process alive
   */
  { do: 'end' }

/**
 * The young generation of V8 grows to 96 MB where there is much to do, whoever does
 * it, and would hide what a process holds: this makes it 12 MB at most
 */
export const NODE_OPTIONS = ['--max-semi-space-size=4']

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

  /**
   * What keeps the process alive
   */
  handles: number

  /**
   * Streams of all connections that libp2p has
   */
  streams: number
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
   * Stops the node and starts it again, so many times. Only ours is asked to.
   */
  restart (count: number): Promise<void>

  /**
   * Stops the node. Resolves to how the process has ended, or to nothing if it has
   * not within so many ms. Only ours is asked to.
   */
  end (timeout: number): Promise<string | undefined>

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
      restart: async count => child.ask({ do: 'restart', count }),
      end: async timeout => {
        await child.ask({ do: 'end' })

        return child.ended(timeout)
      },
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
    restart: async () => {},
    end: async () => undefined,
    async stop () {
      child.kill('SIGKILL')
      await exited
    }
  }
}

function portOf (address: string): number {
  return Number(/\/udp\/(\d+)\//.exec(address)?.[1])
}
