/**
 * One trial: two processes with a relay between them, and what happens.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Queue } from '@libp2p/utils'
import { failureOf } from './failure.ts'
import { Peer } from './peer/peer.ts'
import { startRelay } from './relay/relay.ts'
import type { Endings, Exchanges, Interrupted, Message, Outcome, Transfer } from './outcome.ts'
import type { ExchangesRequest } from './peer/exchanges.ts'
import type { Busy } from './peer/operations.ts'
import type { TransferRequest } from './peer/transfer.ts'
import type { Network, Relay } from './relay/relay.ts'

export type Task =
  /**
   * An outage of so many ms begins when half has been transferred
   */
  { do: 'transfer', outage?: number } & TransferRequest |

  /**
   * Once it is connected, the network loses so much of what it carries
   */
  { do: 'exchanges', loss: number } & ExchangesRequest |

  /**
   * An outage of so many ms begins so many ms after connecting, and a message is
   * sent at once, on a stream that is open or on a new one
   */
  { do: 'message', after: number, outage: number, stream: 'open' | 'new' } |

  /**
   * In the middle of operations, so many ms after connecting, the network fails
   */
  { do: 'interrupt', after: number, by: Interruption, busy: Busy }

export type Interruption = { outage: number } | 'another source port'

export interface TrialInit {
  network: Network
  task: Task

  /**
   * See `peer/node.ts`
   */
  implementation: string
  monitor: boolean

  /**
   * Of the relay
   */
  seed: number

  /**
   * How long all of it may take, in ms
   */
  limit: number
}

/**
 * How long after the network failed the ends of connections are waited for, in
 * ms: longer than they may take
 */
const HORIZON = 45_000

/**
 * How long a message may need after an outage, in ms
 */
const MESSAGE_PATIENCE = 20_000

/**
 * How long after the dialer's end of a stream the listener's may end, in ms
 */
const ANSWER = 30_000

const QUIET = ["the dialer's read", "the listener's echo"]
const CLOSING = [...QUIET, "the dialer's close()", "the listener's sink"]

/**
 * What is going on when the network fails
 */
const EXPECTED: Record<Busy, string[]> = {
  nobody: QUIET,
  once: CLOSING,
  dialer: [...CLOSING, "the dialer's write"],
  both: [...CLOSING, "the dialer's write", "the listener's source"]
}

/**
 * A process that starts takes a whole processor
 */
const starts = new Queue<Setup>({ concurrency: 1 })

interface Setup {
  dialer: Peer
  listener: Peer
  relay: Relay
}

export async function runTrial (init: TrialInit): Promise<Outcome> {
  const { network, implementation, monitor, seed, limit } = init
  const started: Array<{ stop(): Promise<void> }> = []
  const end = new AbortController()

  async function start <T extends { stop(): Promise<void> }> (starting: Promise<T>): Promise<T> {
    const it = await starting
    started.push(it)

    return it
  }

  async function setUp (): Promise<Setup> {
    const starting = (['listener', 'dialer'] as const).map(async role => start(Peer.start({ implementation, monitor, role })))

    // if one fails, the other has to be there to be stopped
    await Promise.allSettled(starting)

    const [listener, dialer] = await Promise.all(starting)
    const relay = await start(startRelay({ ...network, target: portOf(listener.address), seed }))

    return { dialer, listener, relay }
  }

  async function run (setup: Setup): Promise<Outcome> {
    const { dialer, listener, relay } = setup

    await dialer.dial(listener.address, relay.port)
    const outcome = await perform(init, setup)
    const { overruns = 0 } = await relay.counters()

    return overruns === 0 ? outcome : { ...outcome, overruns }
  }

  try {
    const setup = await starts.add(setUp)

    return await Promise.race([
      run(setup),
      sleep(limit, undefined, { signal: end.signal }).then(async () => {
        throw new Error(`no end after ${limit / 1_000} s, ${await setup.listener.received()} bytes have arrived`)
      })
    ])
  } catch (err: any) {
    return { kind: 'broken', error: err.message }
  } finally {
    end.abort()
    await Promise.all(started.map(async it => it.stop()))
  }
}

async function until (time: number): Promise<void> {
  await sleep(Math.max(0, time - performance.now()))
}

function portOf (address: string): number {
  return Number(/\/udp\/(\d+)\//.exec(address)?.[1])
}

async function perform ({ task, network }: TrialInit, setup: Setup): Promise<Outcome> {
  switch (task.do) {
    case 'transfer':
      return transfer(task, setup)
    case 'exchanges':
      await setup.relay.change({ ...network, loss: task.loss })

      return exchanges(task, setup)
    case 'message':
      return message(task, setup)
    case 'interrupt':
      return interrupt(task, setup)
    default:
      return task satisfies never
  }
}

async function transfer ({ outage, ...request }: Extract<Task, { do: 'transfer' }>, setup: Setup): Promise<Transfer> {
  const { dialer, listener, relay } = setup
  const report = dialer.transfer(request)
  let since = performance.now()

  if (outage != null && await Promise.race([dialer.first('half'), report.then(() => undefined)]) != null) {
    await relay.outage(outage)
    since = performance.now()
  }

  const { failures, ...figures } = await report

  // of a connection that is lost, the other end learns later
  const until = outage != null && failures.length > 0 ? since + HORIZON : performance.now() + ANSWER
  const served = await listener.first('served', until - performance.now())

  return {
    kind: 'transfer',
    what: request.what,
    bytes: request.bytes,
    arrived: served?.received ?? await listener.received(),
    ...figures,
    failures: [
      ...failures,
      ...served?.error == null ? [] : [`listener: ${served.error}`],
      ...served == null ? ['listener: its stream has not ended'] : []
    ],
    ends: await endings(setup, since, outage != null && failures.length > 0 ? until : 0)
  }
}

async function exchanges ({ loss, ...request }: Extract<Task, { do: 'exchanges' }>, setup: Setup): Promise<Exchanges> {
  const since = performance.now()
  const report = await setup.dialer.exchanges(request)

  return { kind: 'exchanges', count: request.count, ...report, ends: await endings(setup, since, 0) }
}

async function message ({ after, outage, stream }: Extract<Task, { do: 'message' }>, setup: Setup): Promise<Message> {
  const { dialer, relay } = setup
  const connectedAt = performance.now()

  await dialer.open()
  await until(connectedAt + after)
  await relay.outage(outage)

  const interruptedAt = performance.now()
  const within = async (patience: number, name: string, task: Promise<void>): Promise<string[]> => {
    const failure = await Promise.race([
      failureOf(task),
      sleep(patience, `Error: no answer after ${patience / 1_000} s`, { ref: false })
    ])

    return failure == null ? [] : [`${name}: ${failure}`]
  }

  const failures = await within(outage + MESSAGE_PATIENCE, 'message', dialer.message(stream))
  const ms = performance.now() - interruptedAt

  if (failures.length === 0) {
    failures.push(...await within(MESSAGE_PATIENCE, 'message after it', dialer.message('new')))
  }

  return { kind: 'message', ms, failures, ends: await endings(setup, interruptedAt, 0) }
}

async function interrupt ({ after, by, busy }: Extract<Task, { do: 'interrupt' }>, setup: Setup): Promise<Interrupted> {
  const { dialer, listener, relay } = setup
  const outage = by === 'another source port' ? 0 : by.outage

  const connectedAt = performance.now()

  await dialer.operate(busy)
  await until(connectedAt + after)
  await (by === 'another source port' ? relay.rebind() : relay.outage(by.outage))
  const interruptedAt = performance.now()
  await dialer.close()

  const ends = await endings(setup, interruptedAt, interruptedAt + Math.max(HORIZON, outage))
  await until(interruptedAt + outage)

  const dialAt = performance.now()
  const redial = await failureOf(ends.dialer == null ? dialer.message('new') : dialer.dial(listener.address, relay.port))

  const operations = [
    ...dialer.all('operation').map(({ name, at, error }) => ({ name: `the dialer's ${name}`, ms: at - interruptedAt, error })),
    ...listener.all('served').map(({ protocol, at, error }) => ({ name: `the listener's ${protocol}`, ms: at - interruptedAt, error }))
  ]

  return {
    kind: 'interrupted',
    ends,
    operations,
    expected: EXPECTED[busy],
    after: { ms: performance.now() - dialAt, failure: redial }
  }
}

/**
 * How the connection ended at both ends, if it does until then
 */
async function endings ({ dialer, listener }: Setup, since: number, until: number): Promise<Endings> {
  const [dialers, listeners] = await Promise.all([dialer, listener].map(async peer => {
    const closed = await peer.first('closed', Math.max(0, until - performance.now()))

    return closed == null ? undefined : { ms: closed.at - since, error: closed.error }
  }))

  return { dialer: dialers, listener: listeners }
}
