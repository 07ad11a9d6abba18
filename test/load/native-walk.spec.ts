/* eslint-disable no-console */
/**
 * Interrupts dial, accept, open, send and close of nodes over the native stack, at
 * each point where they come to for the first time
 */
import { getEventListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { raceSignal } from 'race-signal'
import { openPeers } from '../../src/native/sweep.ts'
import { exchange, sendBack } from '../support/exchange.ts'
import { ECHO, PeerProcess } from '../support/peer-process.ts'
import { load } from '../walk/instrument.ts'
import { thrown } from '../walk/native.ts'
import { watchPoints } from '../walk/points.ts'
import { Track } from '../walk/track.ts'
import type { webRTCDirect } from '../../src/index.ts'
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * Everything has to end within that time, in ms: on a busy machine an end may not hear
 * that the other one has closed, and then it notices within 30 s
 */
const PATIENCE = 35_000

/**
 * How long a set-up may take whose remote was killed, in ms; one that is not killed takes
 * more than half a second where the machine is busy
 */
const SETUP_TIMEOUT = 2_000

const { webRTCDirect: transport } = await load<{ webRTCDirect: typeof webRTCDirect }>('index.js', 'native')
const keys = await Promise.all([generateKeyPair('Ed25519'), generateKeyPair('Ed25519')])

interface Ends {
  readonly dialer: Libp2p
  readonly listener?: Libp2p
  readonly caller: AbortController
  readonly track: Track
}

type Interrupt = (ends: Ends) => void

async function createNode (i: number, listen: string[] = []): Promise<Libp2p> {
  const node = await createLibp2p({
    privateKey: keys[i],
    addresses: { listen },
    transports: [transport({ setupTimeout: SETUP_TIMEOUT, iceTimeout: SETUP_TIMEOUT })],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    connectionMonitor: { enabled: false }
  })
  await node.handle(ECHO, async stream => sendBack(stream).catch(() => {}))

  return node
}

const connectionsOf = (node?: Libp2p): Connection[] => node?.getConnections() ?? []
const stop = (node?: Libp2p): Interrupt => ({ track }) => { void track.add('stop', Promise.resolve(node?.stop())) }

const INTERRUPTIONS: Interrupt[] = [
  ({ caller }) => { caller.abort() },
  (ends) => { stop(ends.dialer)(ends) },
  (ends) => { stop(ends.listener)(ends) },
  ...(['dialer', 'listener'] as const).flatMap((end): Interrupt[] => [
    ({ track, [end]: node }) => { connectionsOf(node).forEach(connection => { void track.add('close', connection.close()) }) },
    ({ [end]: node }) => { connectionsOf(node).forEach(connection => { connection.abort(new DOMException('It is of no use', 'AbortError')) }) }
  ])
]

/**
 * What is interrupted: dial, stream, data, close of the stream, the connection, and
 * the nodes. Resolves when all of it has ended, in whatever way.
 */
async function run ({ dialer, caller, track }: Ends, address: Multiaddr): Promise<void> {
  const { signal } = caller
  const connection = await track.add('dial', dialer.dial(address, { signal }))
  const stream = await track.add('stream', Promise.resolve(connection?.newStream(ECHO, { signal })))

  if (stream != null) {
    await track.add('exchange', raceSignal(exchange(stream, new Uint8Array(100_000)), signal))
    stream.abort(new DOMException('It is of no use', 'AbortError'))
  }

  await track.add('close', Promise.resolve(connection?.close()))
}

interface Outcome {
  points: string[]

  /**
   * What should not be there
   */
  left: string[]
}

/**
 * Runs it, and interrupts it where it comes to the point. Returns the points, and
 * what is left.
 */
async function interrupted (ends: Ends, address: Multiaddr, point?: string, interrupt?: Interrupt): Promise<Outcome> {
  const points: string[] = []
  const left: string[] = []
  const { dialer, listener, caller, track } = ends

  watchPoints((name, place) => {
    points.push(name)

    if (name === point) {
      if (place === 'call') {
        queueMicrotask(() => interrupt?.(ends))
      } else {
        interrupt?.(ends)
      }
    }
  })

  const over = run(ends, address).then(async () => {
    await Promise.all([dialer.stop(), listener?.stop()])

    while (openPeers() > 0) {
      await delay(5)
    }
  })

  await Promise.race([over, delay(PATIENCE, undefined, { ref: false })])
  watchPoints(undefined)

  if (openPeers() > 0) {
    left.push(`${openPeers()} peer connections`)
  }

  left.push(...track.pending, ...thrown.splice(0).map(err => `thrown: ${String(err)}`))

  if (point != null && !points.includes(point)) {
    left.push('the point was not reached')
  }

  if (connectionsOf(dialer).length + connectionsOf(listener).length > 0) {
    left.push('connections')
  }

  if (getEventListeners(caller.signal, 'abort').length > 0) {
    left.push('listeners on the signal')
  }

  return { points, left }
}

/**
 * Where a run comes to whatever the threads of the stack do: each place once. What only
 * some of three runs come to has to do with time: a remote that is late is probed with a
 * stream.
 */
async function discover (run: () => Promise<Outcome>): Promise<{ points: string[], findings: string[] }> {
  const runs = [await run(), await run(), await run()]
  const [first, ...others] = runs.map(({ points }) => points.filter(point => point.endsWith(' #1')))

  return {
    points: first.filter(point => others.every(points => points.includes(point))),
    findings: runs.flatMap(({ left }) => left)
  }
}

describe('what is interrupted over the native stack leaves nothing', function () {
  this.timeout(400_000)

  async function pair (): Promise<[Ends, Multiaddr]> {
    const listener = await createNode(0, ['/ip4/127.0.0.1/udp/0/webrtc-direct'])

    return [{ dialer: await createNode(1), listener, caller: new AbortController(), track: new Track() }, listener.getMultiaddrs()[0]]
  }

  it('at either end', async () => {
    const { points, findings } = await discover(async () => interrupted(...await pair()))

    for (const [i, point] of points.entries()) {
      // in another way at the next point, and in two at each
      for (const turn of [i, i + 3]) {
        const which = turn % INTERRUPTIONS.length
        const { left } = await interrupted(...await pair(), point, INTERRUPTIONS[which])
        findings.push(...left.map(what => `interruption ${which} at "${point}": ${what}`))
      }
    }

    console.log(`      ${points.length} points`)
    expect(points).to.have.length.greaterThan(50)
    expect(findings).to.deep.equal([])
  })

  it('where the remote is killed', async () => {
    let next = PeerProcess.start()

    async function runAndKill (point?: string): Promise<Outcome> {
      const remote = await next
      next = PeerProcess.start()
      let killed: Promise<void> | undefined

      const result = await interrupted({ dialer: await createNode(1), caller: new AbortController(), track: new Track() }, remote.address, point, ({ caller }) => {
        killed = remote.kill()

        // it takes half a minute to notice by itself
        setTimeout(() => { caller.abort() }, SETUP_TIMEOUT)
      })
      await (killed ?? remote.kill())

      return result
    }

    const { points, findings } = await discover(runAndKill)

    for (const point of points) {
      const { left } = await runAndKill(point)
      findings.push(...left.map(what => `killed at "${point}": ${what}`))
    }

    await (await next).kill()
    console.log(`      ${points.length} points`)
    expect(points).to.have.length.greaterThan(25)
    expect(findings).to.deep.equal([])
  })
})
