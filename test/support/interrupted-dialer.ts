/**
 * A dialing node in a process of its own, whose remotes are killed while it
 * uses them. It reports what ended and how, stops its node, and has to end by
 * itself then.
 *
 * Arguments: the address of a listener to write to, and of one to be idle with.
 */
import { once } from 'node:events'
import { multiaddr } from '@multiformats/multiaddr'
import { ECHO, IGNORE, SINK, startNode } from './peer-process.ts'
import type { Stream } from '@libp2p/interface'

export interface Ending {
  /**
   * The name of the error, if there was one
   */
  error?: string

  /**
   * When it ended: `Date.now()`
   */
  at: number
}

/**
 * - `writer`, `reader`, `closing`: a stream that is written to, one that waits
 *   for data, and one that is closed after the kill, on a busy connection
 * - `idle`: a stream that waits for data on a connection without traffic
 */
export interface Endings {
  writer: Ending
  reader: Ending
  closing: Ending
  idle: Ending
}

// longer than the stack needs to notice
const FIN_ACK_TIMEOUT = 60_000

const CHUNK = new Uint8Array(64 * 1024)

async function ending (work: Promise<unknown>): Promise<Ending> {
  const error = await work.then(() => undefined, err => err.name)

  return { error, at: Date.now() }
}

async function read (stream: Stream): Promise<void> {
  const data = stream[Symbol.asyncIterator]()

  while ((await data.next()).done !== true) {
    // until it ends
  }
}

async function write (stream: Stream): Promise<never> {
  while (true) {
    if (!stream.send(CHUNK)) {
      await stream.onDrain()
    }
  }
}

const [busyAddress, idleAddress] = process.argv.slice(2).map(address => multiaddr(address))
const node = await startNode({ dataChannel: { finAckTimeout: FIN_ACK_TIMEOUT } })
const busy = await node.dial(busyAddress)
const idle = await node.dial(idleAddress)

const [written, quiet, closing, waiting] = await Promise.all([
  busy.newStream(SINK),
  busy.newStream(ECHO),
  busy.newStream(IGNORE),
  idle.newStream(ECHO)
])

const writer = ending(write(written))
const reader = ending(read(quiet))
const idleReader = ending(read(waiting))

// the message says that the remotes were killed
const closed = ending(once(process, 'message').then(async () => closing.close()))

process.send?.('busy')

const endings: Endings = {
  writer: await writer,
  reader: await reader,
  closing: await closed,
  idle: await idleReader
}

await node.stop()
process.send?.(endings)
process.disconnect?.()
