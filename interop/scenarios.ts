/**
 * The scenarios, each of which is run for every pair.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { isDtls, openPath } from '../test/support/path.ts'
import { PAGE_SCENARIOS } from './page-scenarios.ts'
import { scenario, WAITING } from './scenario.ts'
import type { End } from './end.ts'
import type { Scenario } from './scenario.ts'
import type { ExchangeOptions, Size, Trial } from './trial.ts'

const MIB = 1024 * 1024

/**
 * A well-formed id of a peer that nobody is
 */
const STRANGER = '12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo'

/**
 * How long one of many short streams may take, in ms. An implementation that
 * misses an acknowledgement waits for ten seconds; ours finds out within one
 * that none will come.
 */
const LONGEST_ALONE = 1_500
const LONGEST_AMONG_OTHERS = 5_000

/**
 * How long our end is silent at least before it nudges its stack, in s
 */
const NUDGED = 2

/**
 * How much is written before a connection is closed, in bytes
 */
const IN_FLIGHT = 4 * MIB

function formatBytes (bytes: number): string {
  return bytes < MIB ? `${bytes.toLocaleString('en')} B` : `${bytes / MIB} MiB`
}

/**
 * As `exchange` of a connected trial, with the rate as a figure if there is
 * enough to measure
 */
function moves (what: string, bytes: (size: Size) => number, protocol: ExchangeOptions['protocol'], isBasic = false): Scenario {
  return scenario(size => `${what}, ${formatBytes(bytes(size))}`, async trial => {
    await trial.connect()

    const count = bytes(trial.size)
    const { ms } = await trial.exchange(trial.dialer, { protocol, bytes: count, timeout: 120 })

    if (count > MIB) {
      trial.figure('rate', count / 1e6 / (ms / 1000), 'MB/s')
    }
  }, { timeout: () => 180, isBasic })
}

function movesInSizes (what: string, protocol: ExchangeOptions['protocol']): Scenario[] {
  return [
    ...[1, 16_383, 16_384, MIB].map(bytes => moves(what, () => bytes, protocol)),
    moves(what, ({ long }) => long, protocol, protocol === 'echo')
  ]
}

/**
 * The dialer does what a command says with one stream, which ends at the
 * listener as its protocol says, and the connection still works
 */
function asks (name: string, cmd: string, protocol: string, args: Record<string, unknown> = {}): Scenario {
  return scenario(name, async trial => {
    const { dialer, listener } = trial
    await trial.connect()
    await dialer.ask(cmd, args, listener)
    await listener.streamsEnded(protocol, 'inbound', 1)
    await trial.stillWorks()
  })
}

/**
 * Whether a connection can't hold all the streams of the dialer, one after
 * another
 */
function mustRedial (trial: Trial): boolean {
  const reason = trial.dialer.kind.takesIdsOnce

  if (reason == null || trial.size.streams < 500) {
    return false
  }

  // a stream that is repeated has failed before
  trial.mayFail(trial.listener)
  trial.notes.push(`${reason}, and dials anew where the connection ends for it`)

  return true
}

/**
 * Many streams that carry little
 */
async function openStreams (trial: Trial, from: End, count: number, parallel: number, redial: boolean = false): Promise<void> {
  const { ms, longest, repeated } = await trial.exchange(from, { protocol: 'echo', bytes: 100, count, parallel, redial, timeout: 60 })
  const limit = parallel === 1 ? LONGEST_ALONE : LONGEST_AMONG_OTHERS

  trial.figure('streams', count / (ms / 1000), 'streams/s')
  trial.figure('longest', longest, 'ms')

  if (redial) {
    trial.figure('dialed anew', repeated, 'streams repeated')
  }

  if (longest > limit) {
    throw new Error(`${from}: a stream took ${longest} ms, the limit is ${limit} ms`)
  }
}

/**
 * As many as both ends can bear
 */
function parallelStreams ({ dialer, listener }: Trial, most: number): number {
  return Math.min(most, dialer.kind.inFlight, listener.kind.inFlight)
}

/**
 * One end writes and closes the connection. Where that is ours, everything has
 * arrived.
 */
async function closesWithDataInFlight (trial: Trial, closer: End): Promise<void> {
  const other = trial.other(closer)
  await trial.connect()

  const holding = await trial.hold()
  const { closesSilently } = closer.kind
  const { noticesClose, noticesLoss, noticesSilence = noticesLoss } = other.kind

  trial.mayFail(closer)

  const start = performance.now()
  await closer.ask('write-and-close', { bytes: IN_FLIGHT }, other)

  const closed = performance.now()
  const patience = closesSilently == null ? noticesClose : noticesSilence
  const [{ received }] = await other.streamsEnded('sink', 'inbound', 1, patience)

  trial.mayFail(other)

  if (closer.kind.isOurs && received !== IN_FLIGHT) {
    throw new Error(`${other}: ${received} of ${IN_FLIGHT} bytes have arrived`)
  }

  const noticed = await trial.noticesEnd(other, holding, patience)

  trial.figure('closed after', closed - start, 'ms')
  trial.figure('noticed after', noticed - closed, 'ms')
  trial.figure('arrived', 100 * Number(received) / IN_FLIGHT, '%')

  if (closesSilently != null) {
    trial.notes.push(closesSilently)
  }
}

async function isKilled (trial: Trial, killed: End): Promise<void> {
  const survivor = trial.other(killed)
  await trial.connect()

  const holding = await trial.hold()
  const start = performance.now()
  await killed.process.kill()

  const noticed = await trial.noticesEnd(survivor, holding, survivor.kind.noticesLoss)
  trial.figure('noticed after', noticed - start, 'ms')
}

async function isStopped (trial: Trial, stopped: End): Promise<void> {
  const survivor = trial.other(stopped)
  const { closesSilently, stopsListeningSilently } = stopped.kind
  const silently = closesSilently ?? (stopped.role === 'listener' ? stopsListeningSilently : undefined)
  const { noticesClose, noticesLoss } = survivor.kind
  await trial.connect()

  const holding = await trial.hold()
  trial.mayFail(stopped)

  const start = performance.now()
  await stopped.process.stop('SIGTERM')

  const noticed = await trial.noticesEnd(survivor, holding, silently == null ? noticesClose : noticesLoss)
  trial.figure('noticed after', noticed - start, 'ms')

  if (silently != null && noticed - start > noticesClose) {
    trial.notes.push(silently)
  }
}

async function pings (trial: Trial, from: End): Promise<void> {
  const { rtts } = await from.ask('ping', { count: 10 }, trial.other(from)) as unknown as { rtts: number[] }

  if (rtts.length !== 10) {
    throw new Error(`${from}: ${rtts.length} of 10 pings were answered`)
  }

  trial.figure('median', rtts.toSorted((a, b) => a - b)[5], 'ms')
}

/**
 * Connects over a path that loses one datagram with DTLS of the listener
 */
async function connectsWithLoss (trial: Trial, isLost: (datagram: Buffer) => boolean): Promise<void> {
  const port = trial.address.split('/')[4]
  let hasLost = false

  const path = await openPath(Number(port), (datagram, from) => {
    if (hasLost || from === 'dialer' || !isDtls(datagram) || !isLost(datagram)) {
      return true
    }

    hasLost = true

    return false
  })

  trial.afterwards.push(() => { path.close() })
  trial.figure('dial', await trial.connect(trial.address.replace(`/udp/${port}/`, `/udp/${path.port}/`)), 'ms')

  if (!hasLost) {
    throw new Error('nothing was lost')
  }

  await trial.stillWorks()
}

/**
 * Whether there is a ChangeCipherSpec in it (RFC 6347 section 4.1), which stands
 * before the last message of the handshake
 */
function hasChangeCipherSpec (datagram: Buffer): boolean {
  for (let i = 0; i + 13 <= datagram.byteLength; i += 13 + datagram.readUInt16BE(i + 11)) {
    if (datagram[i] === 20) {
      return true
    }
  }

  return false
}

export const SCENARIOS: Scenario[] = [
  scenario('connect', async trial => {
    trial.figure('dial', await trial.connect(), 'ms')
    await trial.stillWorks()
  }, { isBasic: true }),

  scenario('the first answer of the listener in DTLS is lost', async trial => connectsWithLoss(trial, () => true), { isBasic: true }),

  scenario('the last answer of the listener in DTLS is lost', async trial => connectsWithLoss(trial, hasChangeCipherSpec), { isBasic: true }),

  scenario('connect over IPv6', async trial => {
    trial.dialer.mustNotLack('ip6')
    await trial.connect()
    await trial.exchange(trial.dialer, { protocol: 'echo', bytes: 100_000 })
  }, { processes: 'own', host: '::1', isBasic: true }),

  scenario('another peer id in the address is refused', async trial => {
    const { dialer } = trial
    const address = trial.address.replace(/\/p2p\/.*/, `/p2p/${STRANGER}`)
    dialer.mustNotLack('dial')
    const reply = await dialer.process.command('dial', { address }, 20)

    if (reply.ok) {
      throw new Error(`${dialer}: dialed ${STRANGER}, and was connected with ${reply.peer}`)
    }

    if (dialer.events.some(({ event }) => event === 'connected')) {
      throw new Error(`${dialer}: said that it is connected`)
    }
  }, { isBasic: true }),

  scenario('ping from the dialer', async trial => {
    await trial.connect()
    await pings(trial, trial.dialer)
  }, { isBasic: true }),

  scenario('ping from the listener', async trial => {
    await trial.connect()
    await pings(trial, trial.listener)
  }, { isBasic: true }),

  scenario('identify, both ways', async trial => {
    await trial.connect()

    for (const end of trial.ends) {
      const { agent, protocols = [] } = await end.event('identified', trial.other(end), 10_000)

      if (agent == null || agent === '') {
        throw new Error(`${end}: was told no agent`)
      }

      if (!protocols.includes('/echo/1.0.0')) {
        throw new Error(`${end}: was told the protocols ${protocols.join(', ')}`)
      }
    }
  }),

  ...movesInSizes('echo, the dialer half-closes', 'echo'),
  ...movesInSizes('echo, the listener half-closes', 'echo-back'),
  ...movesInSizes('both write and half-close at once', 'both'),
  moves('the dialer writes', () => MIB, 'sink'),
  moves('the listener writes', () => MIB, 'source'),

  asks('the listener reads 1 MiB to its end, then writes 1 MiB (perf)', 'perf', 'perf', { upload: MIB, download: MIB }),
  asks('the dialer stops reading', 'stop-reading', 'write-until-stopped'),
  asks('the listener stops reading', 'write-until-stopped', 'stop-reading'),

  ...[false, true].flatMap(unread => {
    const data = unread ? 'with unread data' : 'without unread data'

    return [
      asks(`the dialer resets a stream ${data}`, 'reset', 'expect-reset', { unread }),
      asks(`the listener resets a stream ${data}`, 'expect-reset', 'reset', { unread })
    ]
  }),

  scenario(({ streams }) => `${streams.toLocaleString('en')} streams one after another`, async trial => {
    await trial.connect()
    await openStreams(trial, trial.dialer, trial.size.streams, 1, mustRedial(trial))
  }, { timeout: () => 120 }),

  scenario(({ streams }) => `${streams.toLocaleString('en')} streams, 32 in flight`, async trial => {
    const parallel = parallelStreams(trial, 32)
    await trial.connect()
    await openStreams(trial, trial.dialer, trial.size.streams, parallel, mustRedial(trial))

    for (const { kind: { fewInFlight } } of trial.ends) {
      if (fewInFlight != null) {
        trial.notes.push(`${parallel} in flight only: ${fewInFlight}`)
      }
    }
  }, { timeout: () => 120, isBasic: true }),

  scenario('a stream opened by the listener', async trial => {
    await trial.connect()
    await trial.exchange(trial.listener, { protocol: 'echo', bytes: 10_000 })
  }),

  scenario('100 streams opened by the listener, 8 in flight', async trial => {
    await trial.connect()
    await openStreams(trial, trial.listener, 100, 8)
  }),

  ...[1, 16].map(parallel => scenario(({ manyStreams }) => `${manyStreams.toLocaleString('en')} streams, dialing anew where the connection ends, ${parallel} in flight`, async trial => {
    // a stream that is repeated has failed before
    trial.mayFail(trial.listener)

    await trial.connect()
    await openStreams(trial, trial.dialer, trial.size.manyStreams, parallel, true)
  }, { timeout: () => 120 })),

  scenario('the dialer closes the connection with data in flight', async trial => {
    await closesWithDataInFlight(trial, trial.dialer)
  }, WAITING),

  scenario('the listener closes the connection with data in flight', async trial => {
    await closesWithDataInFlight(trial, trial.listener)
  }, WAITING),

  scenario('the dialer is stopped (SIGTERM)', async trial => isStopped(trial, trial.dialer), WAITING),
  scenario('the listener is stopped (SIGTERM)', async trial => isStopped(trial, trial.listener), WAITING),
  scenario('the dialer is killed (SIGKILL)', async trial => isKilled(trial, trial.dialer), WAITING),
  scenario('the listener is killed (SIGKILL)', async trial => isKilled(trial, trial.listener), WAITING),

  scenario('a stream of ours rests now and then, and the other end has nothing to say', async trial => {
    await trial.connect()

    for (const end of trial.ends.filter(({ kind }) => kind.isOurs)) {
      const other = trial.other(end)
      await end.ask('write-with-pauses', { bytes: 100, count: 4, pause: NUDGED }, other)
      await other.streamsEnded('sink', 'inbound', 1)
    }

    await trial.stillWorks()
  }, { processes: 'own', timeout: () => 90, isBasic: true }),

  scenario(({ idle }) => `${idle / 60} min idle, then ping`, async trial => {
    await trial.connect()

    // nothing is to happen
    await sleep(trial.size.idle * 1000)

    for (const end of trial.ends) {
      if (end.events.some(({ event }) => event === 'disconnected')) {
        throw new Error(`${end}: lost the connection`)
      }
    }

    await pings(trial, trial.dialer)
    await pings(trial, trial.listener)
  }, { processes: 'own', timeout: ({ idle }) => idle + 60, isBasic: true }),

  ...PAGE_SCENARIOS
]
