/**
 * The table of paths: which network, what is done, what must come out.
 */
import { answered, complete, livesOn, livesOnOrSaysSo, noSlowerThanPeer, pings, recovers, staysOpen, uses } from './must-be.ts'
import type { Condition } from './must-be.ts'
import type { Busy } from './peer/operations.ts'
import type { Network } from './relay/relay.ts'
import type { Interruption, Task } from './trial.ts'

export type Size = 'full' | 'quick'

export interface Path {
  /**
   * What the network is like, and what is done
   */
  name: string

  network: Network
  task: Task

  /**
   * Whether libp2p's connection monitor is on, with its defaults
   *
   * @default false
   */
  monitor?: boolean

  runs: number

  /**
   * Whether the peer, `@libp2p/webrtc`, does the same at the same time
   */
  peer: boolean

  /**
   * Whether it takes as much of the processor as there is, so that its trials
   * run one after another
   *
   * @default false
   */
  isHeavy?: boolean

  /**
   * How long a trial may take, in ms
   *
   * @default 240000
   */
  limit?: number

  mustBe: Condition[]
}

const MiB = 1024 * 1024

/**
 * 1 Mbit/s in bytes per second
 */
const MBIT = 125_000

/**
 * With a queue of its own a path is busy when it is used, and with a round trip
 * it does not depend on the machine
 */
const ORDINARY: Network = { rate: 10 * MBIT, queue: { ms: 100 }, delay: 10 }

/**
 * How long an answer may take where packets are lost, in ms: less than a native stack
 * takes to give a connection up
 */
const ANSWER = 10_000

export function paths (size: Size): Path[] {
  const isFull = size === 'full'

  /**
   * For a full run, and for a quick one
   */
  const by = <T> (full: T, quick: T): T => isFull ? full : quick

  const slow = (rate: number): Network => ({ rate, queue: { ms: 300 }, delay: 10 })
  const narrow = (rate: number): Network => ({ rate, queue: { ms: 200 }, delay: 10 })
  const unbounded = (rate: number): Network => ({ rate, delay: 10 })

  const echo = (bytes: number): Task => ({ do: 'transfer', what: 'echo', bytes })
  const upload = (bytes: number, closeWithin?: number): Task => ({ do: 'transfer', what: 'upload', bytes, closeWithin })

  const interruption = (name: string, how: Interruption, busy: Busy): Path => ({
    name,

    // without a round trip the native stack gives up soonest
    network: busy === 'once' ? {} : ORDINARY,
    task: { do: 'interrupt', after: 3_000, by: how, busy },
    runs: by(3, 1),
    peer: isFull,
    mustBe: [livesOnOrSaysSo]
  })

  return [
    {
      name: `1 Mbit/s each way, queue 300 ms, round trip 20 ms: echo of ${mib(4 * MiB)}`,
      network: slow(MBIT),
      task: echo(4 * MiB),
      runs: by(3, 1),
      peer: true,
      mustBe: [complete]
    },
    {
      name: `256 kbit/s each way, queue 300 ms, round trip 20 ms: echo of ${mib(by(4, 1.5) * MiB)}`,
      network: slow(32_000),
      task: echo(by(4, 1.5) * MiB),
      runs: 1,
      peer: isFull,
      limit: 400_000,
      mustBe: [complete]
    },
    {
      name: `1 Mbit/s each way, queue 300 ms, round trip 20 ms: echo of ${mib(by(16, 8) * MiB)}`,
      network: slow(MBIT),
      task: echo(by(16, 8) * MiB),
      runs: 1,
      peer: isFull,
      limit: 400_000,
      mustBe: [complete]
    },
    {
      // a round trip holds the queues of both directions
      name: `1 Mbit/s each way, queue 300 ms, round trip 20 ms: ${mib(4 * MiB)} each way at once`,
      network: slow(MBIT),
      task: { do: 'transfer', what: 'both', bytes: 4 * MiB },
      runs: by(3, 2),
      peer: isFull,
      mustBe: [complete, uses(by(0.6, 0.5), MBIT)]
    },
    ...[62_500, 31_250].flatMap(rate => [
      {
        name: `${rate / 1_000} kB/s, queue 200 ms: upload of ${mib(by(2, 1) * MiB)}`,
        network: narrow(rate),
        task: upload(by(2, 1) * MiB),
        runs: by(3, 1),
        peer: isFull,
        mustBe: [complete]
      },
      {
        name: `${rate / 1_000} kB/s, queue 200 ms: upload of ${mib(by(2, 1) * MiB)}, \`close()\` with a signal of 90 s`,
        network: narrow(rate),
        task: upload(by(2, 1) * MiB, 90_000),
        runs: by(3, 1),
        peer: true,
        mustBe: [complete]
      }
    ]),
    {
      name: `5 % loss, round trip 100 ms: echo of ${mib(by(4, 2) * MiB)}`,
      network: { loss: 0.05, delay: 50 },
      task: echo(by(4, 2) * MiB),
      runs: by(3, 1),
      peer: true,
      mustBe: [complete]
    },
    ...(['streams', 'messages'] as const).map(on => ({
      name: `5 % loss, round trip 100 ms: 200 ${on === 'streams' ? 'streams, 8 at a time' : 'messages on one stream, one after another'}, 1,000 bytes each way`,
      network: { delay: 50 },
      task: { do: 'exchanges' as const, on, count: 200, parallel: on === 'streams' ? 8 : 1, bytes: 1_000, loss: 0.05 },
      runs: by(16, 2),
      peer: true,
      limit: 90_000,
      mustBe: [answered(ANSWER)]
    })),
    {
      name: `1 % loss, round trip 50 ms: echo of ${mib(4 * MiB)}`,
      network: { loss: 0.01, delay: 25 },
      task: echo(4 * MiB),
      runs: by(7, 3),
      peer: true,
      mustBe: [complete, noSlowerThanPeer(by(0.9, 0.8))]
    },
    {
      name: `jitter 20 ms, round trip 20 ms: echo of ${mib(4 * MiB)}`,
      network: { jitter: 20, delay: 10 },
      task: echo(4 * MiB),
      runs: by(7, 3),
      peer: true,
      mustBe: [complete, noSlowerThanPeer(by(0.9, 0.8))]
    },
    {
      // with a rate, so that the network is compared and not the processor
      name: `5 % duplicated, 10 Mbit/s, round trip 50 ms: echo of ${mib(by(8, 4) * MiB)}`,
      network: { ...ORDINARY, duplicate: 0.05, delay: 25 },
      task: echo(by(8, 4) * MiB),
      runs: by(7, 3),
      peer: true,
      mustBe: [complete, noSlowerThanPeer(by(0.9, 0.8))]
    },
    {
      name: `1 Mbit/s each way, queue 300 ms, round trip 20 ms: pings on new streams beside an echo of ${mib(4 * MiB)}, monitor on`,
      network: slow(MBIT),
      task: { do: 'transfer', what: 'echo', bytes: 4 * MiB, pingEvery: 1_000 },
      monitor: true,
      runs: by(3, 1),
      peer: isFull,
      mustBe: [complete, staysOpen, pings({ p50: 2_500, longest: 5_000 })]
    },
    ...[31_250, 62_500, MBIT, 2 * MBIT].map(rate => {
      // as long as the monitor needs to end it
      const bytes = by(8_000_000, Math.min(8_000_000, rate * 45))

      return {
        name: `${rate / 1_000} kB/s, queue without a bound: upload of ${bytes / 1_000_000} MB, monitor on`,
        network: unbounded(rate),
        task: upload(bytes),
        monitor: true,
        runs: by(3, 1),
        peer: isFull || rate === MBIT,
        limit: 500_000,
        mustBe: [complete, staysOpen]
      }
    }),
    {
      name: `outage of 1 s in the middle of an echo of ${mib(by(64, 16) * MiB)}`,
      network: {},
      task: { do: 'transfer', what: 'echo', bytes: by(64, 16) * MiB, outage: 1_000 },
      runs: by(20, 4),
      peer: false,
      isHeavy: true,
      limit: 90_000,
      mustBe: [recovers]
    },
    ...[3, 5].map(duration => ({
      name: `outage of ${duration} s in the middle of an echo of ${mib(by(64, 16) * MiB)}`,
      network: {},
      task: { do: 'transfer' as const, what: 'echo' as const, bytes: by(64, 16) * MiB, outage: duration * 1_000 },
      runs: by(6, 2),
      peer: true,
      isHeavy: true,
      limit: 90_000,
      mustBe: [recovers]
    })),
    ...(['open', 'new'] as const).map(stream => ({
      name: `outage of 3 s, 0.6 s after connecting, one message on its way on ${stream === 'open' ? 'an open' : 'a new'} stream`,
      network: {},
      task: { do: 'message' as const, after: 600, outage: 3_000, stream },
      runs: by(8, 4),
      peer: true,
      mustBe: [livesOn]
    })),
    ...[15, 60].flatMap(duration => [
      interruption(`outage of ${duration} s, a short message on its way`, { outage: duration * 1_000 }, 'once'),
      interruption(`outage of ${duration} s, both ends send`, { outage: duration * 1_000 }, 'both')
    ]),
    interruption('outage of 60 s, only the dialer sends', { outage: 60_000 }, 'dialer'),
    interruption('outage of 60 s, nobody sends', { outage: 60_000 }, 'nobody'),
    { ...interruption('outage of 15 s, nobody sends', { outage: 15_000 }, 'nobody'), mustBe: [livesOn] },
    interruption('the source port of the dialer changes, a short message on its way', 'another source port', 'once'),
    interruption('the source port of the dialer changes, both ends send', 'another source port', 'both')
  ]
}

function mib (bytes: number): string {
  return `${bytes / MiB} MiB`
}
