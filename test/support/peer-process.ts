/**
 * A listening node in a process of its own, so that its memory and its threads
 * are its own, and so that it can be killed.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { collectGarbage } from '../../flood/processes/garbage.ts'
import { webRTCDirect } from '../../src/index.ts'
import { parseEndpoint } from '../../src/wire/address.ts'
import { Counters } from './counters.ts'
import { sendBack } from './exchange.ts'
import type { WebRTCDirectInit } from '../../src/index.ts'
import type { Libp2p, Metrics, StreamHandler } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { ChildProcess } from 'node:child_process'

/**
 * Sends everything back
 */
export const ECHO = '/test/echo/1.0.0'

/**
 * Reads everything, and sends the number of bytes back at the end
 */
export const SINK = '/test/sink/1.0.0'

/**
 * Does not read
 */
export const IGNORE = '/test/ignore/1.0.0'

/**
 * More than a connection can hold
 */
export const MAX_STREAMS = 2_000

/**
 * What a process takes, in bytes
 */
export interface Memory {
  rss: number
  arrayBuffers: number

  /**
   * JavaScript objects and what they hold outside of the heap
   */
  heap: number
}

/**
 * What this process takes when garbage has been collected
 */
export async function memory (): Promise<Memory> {
  await collectGarbage()
  const { rss, arrayBuffers, heapUsed, external } = process.memoryUsage()

  return { rss, arrayBuffers, heap: heapUsed + external }
}

/**
 * How many threads a process has
 */
export function threads (pid: number): number {
  return Number(/^Threads:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/**
 * A node for tests on the loopback interface, that listens if `listen` is given
 */
export async function startNode (init: WebRTCDirectInit = {}, listen: string[] = [], metrics?: () => Metrics): Promise<Libp2p> {
  const node = await createLibp2p({
    metrics,
    addresses: { listen },
    transports: [webRTCDirect(init)],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { inboundConnectionThreshold: Infinity },

    // its pings would be streams, too
    connectionMonitor: { enabled: false }
  })

  return node
}

const sink: StreamHandler = async stream => {
  let bytes = 0

  for await (const data of stream) {
    bytes += data.byteLength
  }

  stream.send(new TextEncoder().encode(`${bytes}`))
  await stream.close()
}

type Question = 'memory' | 'resets'

type Report =
  { name: 'listening', address: string } |
  { name: 'memory', memory: Memory } |
  { name: 'resets', resets: Record<string, number> } |
  { name: 'ignored-stream-closed', error?: string }

function report (message: Report): void {
  process.send?.(message)
}

async function main (init: WebRTCDirectInit): Promise<void> {
  const counters = new Counters()
  const node = await startNode(init, ['/ip4/127.0.0.1/udp/0/webrtc-direct'], counters.metrics)
  const options = { maxInboundStreams: MAX_STREAMS }

  await node.handle(ECHO, sendBack, options)
  await node.handle(SINK, sink, options)
  await node.handle(IGNORE, stream => {
    stream.addEventListener('close', ({ error }) => {
      report({ name: 'ignored-stream-closed', error: error?.name })
    })
  }, options)

  const resets = counters.of('libp2p_webrtc_direct_stream_resets_total')

  async function answer (question: Question): Promise<void> {
    report(question === 'memory' ? { name: question, memory: await memory() } : { name: question, resets })
  }

  process.on('message', (question: Question) => { void answer(question) })

  process.on('disconnect', () => {
    void node.stop()
  })

  report({ name: 'listening', address: `${node.getMultiaddrs()[0]}` })
}

/**
 * The other end of the process
 */
export class PeerProcess {
  readonly address: Multiaddr

  /**
   * What it has written to standard output
   */
  output = ''

  private readonly child: ChildProcess

  private constructor (child: ChildProcess, address: string) {
    this.child = child
    this.address = multiaddr(address)
    child.stdout?.on('data', data => { this.output += data })
  }

  /**
   * Starts the process, and resolves when it listens
   */
  static async start (init: WebRTCDirectInit = {}): Promise<PeerProcess> {
    const child = fork(fileURLToPath(import.meta.url), [JSON.stringify(init)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    const { address } = await next(child, 'listening')

    return new PeerProcess(child, address)
  }

  get pid (): number {
    return this.child.pid ?? 0
  }

  get port (): number {
    return parseEndpoint(this.address).port
  }

  async memory (): Promise<Memory> {
    const answer = next(this.child, 'memory')
    this.child.send('memory')

    return (await answer).memory
  }

  /**
   * How many streams it has reset, by the name of the error
   */
  async resets (): Promise<Record<string, number>> {
    const answer = next(this.child, 'resets')
    this.child.send('resets')

    return (await answer).resets
  }

  /**
   * The name of the error with which the next stream that is not read ends
   */
  async ignoredStreamClosed (): Promise<string | undefined> {
    return (await next(this.child, 'ignored-stream-closed')).error
  }

  /**
   * The address by another port, that of a relay
   */
  addressVia (port: number): Multiaddr {
    return multiaddr(this.address.toString().replace(/\/udp\/\d+\//, `/udp/${port}/`))
  }

  /**
   * Ends the process without a farewell
   */
  async kill (): Promise<void> {
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }

  /**
   * Stops the node; the process ends by itself. Resolves to its exit code.
   */
  async stop (): Promise<number | null> {
    const exited = once(this.child, 'exit')
    this.child.disconnect()

    return (await exited)[0]
  }
}

async function next <Name extends Report['name']> (child: ChildProcess, name: Name): Promise<Extract<Report, { name: Name }>> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: Report): void => {
      if (message.name === name) {
        settle()
        resolve(message as Extract<Report, { name: Name }>)
      }
    }
    const onExit = (code: number): void => {
      settle()
      reject(new Error(`The process ended with code ${code}`))
    }
    const settle = (): void => {
      child.off('message', onMessage)
      child.off('exit', onExit)
    }

    child.on('message', onMessage)
    child.on('exit', onExit)
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(JSON.parse(process.argv[2]))
}
