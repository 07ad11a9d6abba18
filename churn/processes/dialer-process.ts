/**
 * The process of `dialer.ts`.
 */
import { once } from 'node:events'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { raceSignal } from 'race-signal'
import { describe } from '../../chaos/failure.ts'
import { leave, serve } from '../../chaos/ipc.ts'
import { collectGarbage } from '../../flood/processes/garbage.ts'
import { ECHO_PROTOCOL } from '../../flood/processes/listener.ts'
import { loadImplementation } from '../../interop/js/implementations.ts'
import type { ChurnInit, ChurnReport, DialerRequest, Open } from './dialer.ts'
import type { Held } from '../../flood/processes/listener.ts'
import type { Implementation } from '../../interop/js/implementations.ts'
import type { Connection, Libp2p } from '@libp2p/interface'

/**
 * How long a dial, and an exchange on a stream, may take, in ms: what libp2p allows
 */
const TIMEOUT = 10_000

/**
 * How many more dials there are to a connection that is to stay
 */
const PATIENCE = 5

/**
 * What an exchange is given time for, in bytes a second
 */
const SLOW_PATH = 32 * 1024

const CHUNK = 16 * 1024

const nodes: Libp2p[] = []
let implementation: Implementation

async function start (name: string, count: number, keys: Uint8Array[]): Promise<void> {
  implementation = await loadImplementation(name)

  while (nodes.length < count) {
    const key = keys.at(nodes.length)

    nodes.push(await createLibp2p({
      privateKey: key == null ? undefined : privateKeyFromProtobuf(key),
      transports: [implementation.transport],
      connectionGater: { denyDialMultiaddr: () => false },
      connectionManager: { reconnectRetries: 0, maxConnections: Infinity },
      connectionMonitor: { enabled: false }
    }))
  }
}

/**
 * One after another on each node: libp2p takes those to the same peer that are
 * asked for at once for one
 */
async function inTurns (count: number, parallel: number, make: (node: Libp2p) => Promise<void>): Promise<void> {
  let left = count

  await Promise.all(nodes.slice(0, parallel).map(async node => {
    while (left-- > 0) {
      await make(node)
    }
  }))
}

async function dial (node: Libp2p, address: string): Promise<Connection> {
  return node.dial(multiaddr(address), { force: true, signal: AbortSignal.timeout(TIMEOUT) })
}

/**
 * What is of interest comes later: a machine that is too busy for a dial is not
 */
async function dialPatiently (node: Libp2p, address: string): Promise<Connection> {
  for (let left = PATIENCE; ; left--) {
    try {
      return await dial(node, address)
    } catch (err) {
      if (left === 0) {
        throw err
      }
    }
  }
}

async function connect (address: string, count: number, streams: number): Promise<void> {
  await inTurns(count, nodes.length, async node => {
    const connection = await dialPatiently(node, address)

    for (let i = 0; i < streams; i++) {
      const signal = AbortSignal.timeout(PATIENCE * TIMEOUT)
      await connection.newStream(ECHO_PROTOCOL, { maxOutboundStreams: Infinity, negotiateFully: true, signal })
    }
  })
}

/**
 * Sends so many bytes, which come back
 */
async function use (connection: Connection, bytes: number): Promise<void> {
  const signal = AbortSignal.timeout(Math.ceil(TIMEOUT + bytes / SLOW_PATH * 1_000))
  const stream = await connection.newStream(ECHO_PROTOCOL, { signal })
  const complete = Promise.withResolvers<void>()
  let left = bytes

  stream.addEventListener('message', ({ data }) => {
    left -= data.byteLength

    if (left === 0) {
      complete.resolve()
    }
  })
  stream.addEventListener('close', ({ error }) => { complete.reject(error ?? new Error(`The stream was closed, ${left} bytes did not come back`)) })

  for (let sent = 0; sent < bytes; sent += CHUNK) {
    if (!stream.send(new Uint8Array(Math.min(CHUNK, bytes - sent)))) {
      await once(stream, 'drain', { signal })
    }
  }

  await raceSignal(complete.promise, signal)
  await stream.close({ signal })
  await connection.close({ signal })
}

async function churn ({ address, count, parallel, sizes = [5] }: ChurnInit): Promise<ChurnReport> {
  const report: ChurnReport = { connections: 0, failures: {} }
  let made = 0

  await inTurns(count, parallel, async node => {
    let connection: Connection | undefined

    try {
      connection = await dial(node, address)
      await use(connection, sizes[made++ % sizes.length])
      report.connections++
    } catch (err: any) {
      connection?.abort(err)
      const failure = describe(err)
      report.failures[failure] = (report.failures[failure] ?? 0) + 1
    }
  })

  return report
}

function open (): Open {
  const connections = nodes.flatMap(node => node.getConnections())

  return { connections: connections.length, streams: connections.flatMap(({ streams }) => streams).length }
}

async function held (): Promise<Held> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()

  return { heap: heapUsed + external, handles: process.getActiveResourcesInfo().length, streams: open().streams, ...implementation.resources() }
}

serve<DialerRequest>(async request => {
  switch (request.do) {
    case 'start':
      return start(request.implementation, request.nodes, request.keys)
    case 'connect':
      return connect(request.address, request.count, request.streams)
    case 'churn':
      return churn(request.init)
    case 'open':
      return open()
    case 'held':
      return held()
    case 'close':
      await Promise.all(nodes.flatMap(node => node.getConnections()).map(async connection => connection.close()))
      return
    case 'end':
      await Promise.all(nodes.map(async node => node.stop()))
      return leave()
    default:
      request satisfies never
  }
})
