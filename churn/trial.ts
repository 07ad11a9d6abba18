/**
 * Plays a row: a listener, its dialers, and what happens to them.
 */
import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { startListener } from '../flood/processes/listener.ts'
import { usage } from '../flood/processes/usage.ts'
import { Crowd, killAgainAndAgain } from './crowd.ts'
import { grown } from './outcome.ts'
import { Dialer } from './processes/dialer.ts'
import type { Holdings, Outcome } from './outcome.ts'
import type { Event, Row } from './rows.ts'
import type { Held, Listener } from '../flood/processes/listener.ts'

/**
 * How many connections are made and closed before it begins: the first ones of a
 * process load what stays
 */
const WARM_UP = 50

/**
 * How long nothing has happened when an idle process is measured, and for how long
 * that is done, in ms
 */
const SETTLING = 25_000
const MEASURING = 20_000

/**
 * In how many processes the dialers are
 */
const PROCESSES = 5

/**
 * How long a dialer that is killed lives, in ms
 */
const LIFE = 4_000

/**
 * How long it may take until all is given back, and until a process has ended by
 * itself, in ms: connections that were killed are noticed after 30 s, and the garbage
 * collector runs every now and then
 */
const COOLING = 60_000
const LEAVING = 30_000

/**
 * How often something is looked at, in ms
 */
const LOOKING = 200

interface Play {
  listener: Listener
  crowd: Crowd
}

export async function runTrial ({ implementation, event }: Row): Promise<Outcome> {
  const crowd = new Crowd()
  const key = privateKeyToProtobuf(await generateKeyPair('Ed25519'))
  const listener = await startListener({ implementation, port: 0, key })

  try {
    const outcome = await (event.what === 'memory' && event.end === 'dialer'
      ? dialerMemory(listener.address, implementation === 'js-libp2p' ? 'js-libp2p' : 'ours', event.connections)
      : play(event, { listener, crowd }))

    return { ...outcome, load: loadavg()[0] }
  } finally {
    await Promise.all([crowd.stop(), listener.stop()])
  }
}

type Played = Omit<Outcome, 'load'>

async function play (event: Event, it: Play): Promise<Played> {
  const { listener, crowd } = it

  switch (event.what) {
    case 'idle':
      await crowd.connect(listener.address, event.connections, event.streams)
      return idle(it)

    case 'memory': {
      await warmUp(it)
      const before = await holdings(listener)
      await crowd.connect(listener.address, event.connections, 0)
      await sleep(SETTLING)
      const after = await holdings(listener)

      return { before, after, perConnection: (after.rss - before.rss) / event.connections, open: await crowd.open() }
    }

    case 'churn':
      await warmUp(it)
      return left(it, async () => {
        await crowd.start(PROCESSES, Math.ceil(event.parallel / PROCESSES))
        const over = new AbortController()
        const { address } = listener
        const { parallel } = event
        const killing = event.kills
          ? killAgainAndAgain({ address, processes: PROCESSES, nodes: Math.ceil(parallel / PROCESSES), parallel, life: LIFE }, over.signal)
          : undefined
        const report = await crowd.churn(address, event.count, parallel)
        over.abort()

        return { report, killed: await killing }
      })

    case 'pause':
      await warmUp(it)
      return left(it, async () => pause(event, it))

    case 'restart':
      await warmUp(it)
      return left(it, async () => {
        await listener.restart(event.count)

        return { report: { connections: event.count, failures: {} } }
      })

    default:
      return event satisfies never
  }
}

async function holdings (end: { pid: number, held(): Promise<Held | undefined> }): Promise<Holdings> {
  return { ...await end.held(), ...usage(end.pid) }
}

/**
 * Dialers of their own, which leave before anything is measured
 */
async function warmUp ({ listener }: Play): Promise<void> {
  const crowd = new Crowd()

  try {
    await crowd.start(1)
    await crowd.churn(listener.address, WARM_UP, 5)
  } finally {
    await crowd.stop()
  }

  await until(async () => (await listener.held())?.peerConnections === 0, COOLING)
}

/**
 * What is left when it is over
 */
async function left ({ listener, crowd }: Play, run: () => Promise<Partial<Played>>): Promise<Played> {
  const before = await holdings(listener)
  const result = await run()
  const names = ['peerConnections', 'threads', 'descriptors', 'handles'] as const
  let after = await holdings(listener)

  await until(async () => {
    after = await holdings(listener)

    return grown(names, before, after).length === 0
  }, COOLING)

  return { ...result, before, after, ends: [...await crowd.end(LEAVING), await listener.end(LEAVING)] }
}

async function idle ({ listener, crowd }: Play): Promise<Played> {
  const before = await holdings(listener)
  await sleep(SETTLING)
  const from = usage(listener.pid)
  const start = performance.now()
  await sleep(MEASURING)
  const to = usage(listener.pid)
  const seconds = (performance.now() - start) / 1_000

  return {
    before,
    after: await holdings(listener),
    idle: { mainThread: (to.mainThread - from.mainThread) / seconds, all: (to.cpu - from.cpu) / seconds },
    open: await crowd.open()
  }
}

async function pause ({ end, connections, duration }: Event & { what: 'pause' }, { listener, crowd }: Play): Promise<Partial<Played>> {
  await crowd.connect(listener.address, connections, 1)
  const stopped = end === 'listener' ? [listener.pid] : crowd.processes.map(({ pid }) => pid)
  const isOver = async (): Promise<boolean> => end === 'listener'
    ? (await crowd.open()).connections === 0
    : (await listener.held())?.peerConnections === 0

  const start = performance.now()
  stopped.forEach(pid => { process.kill(pid, 'SIGSTOP') })

  try {
    await until(isOver, duration)
    const noticed = performance.now() - start
    await sleep(Math.max(0, start + duration - performance.now()))
    stopped.forEach(pid => { process.kill(pid, 'SIGCONT') })

    return { noticed, report: await crowd.churn(listener.address, WARM_UP, 5) }
  } finally {
    stopped.forEach(pid => { process.kill(pid, 'SIGCONT') })
  }
}

async function dialerMemory (address: string, implementation: 'ours' | 'js-libp2p', connections: number): Promise<Played> {
  const dialer = new Dialer()

  try {
    await dialer.start(5, implementation)
    await dialer.churn({ address, count: WARM_UP, parallel: 5 })
    const before = await holdings(dialer)
    await dialer.connect(address, connections, 0)
    await sleep(SETTLING)
    const after = await holdings(dialer)

    return { before, after, perConnection: (after.rss - before.rss) / connections, open: await dialer.open() }
  } finally {
    await dialer.stop()
  }
}

/**
 * Looks again and again, for so many ms at most
 */
async function until (holds: () => Promise<boolean>, time: number): Promise<void> {
  const deadline = performance.now() + time

  while (!await holds() && performance.now() < deadline) {
    await sleep(LOOKING)
  }
}
