/**
 * What is measured, and what this package must reach.
 */
import { median, percentile, sum } from './statistics.ts'
import type { Implementation } from './ends/implementations.ts'

/**
 * A limit, and what it is a multiple of: the same figure of another
 * implementation, another figure of this package, or the unit
 */
export interface Bound {
  /**
   * Above it where more is better, below it where less is
   */
  limit: number
  times?: { implementation: Implementation } | { figure: FigureName }
}

export interface Figure {
  title: string
  unit: string
  better: 'more' | 'less'

  /**
   * What the values of a round, or of several, come to
   */
  summary (values: number[]): number

  /**
   * Whether a round has too few values to say it
   */
  isOfAllRounds?: boolean
  mustBe: Bound[]
}

const p99 = (values: number[]): number => percentile(values, 0.99)

function times (limit: number, implementation: Implementation): Bound {
  return { limit, times: { implementation } }
}

function timesOwn (limit: number, figure: string): Bound {
  return { limit, times: { figure: figure as FigureName } }
}

function rate (title: string, unit: string, ...mustBe: Bound[]): Figure {
  return { title, unit, better: 'more', summary: median, mustBe }
}

function cost (title: string, unit: string, ...mustBe: Bound[]): Figure {
  return { title, unit, better: 'less', summary: median, mustBe }
}

/**
 * What 10,000 streams took of the processor when the benchmark was written, as
 * multiples of the floor. Half of it is to be reached.
 */
const NOW = { dialer: 6.5, listener: 7.5 }

export const FIGURES = {
  streams: rate('streams one after another', '1/s', times(1.1, 'tcp'), times(2, 'peer')),
  streams32: rate('streams, 32 in flight', '1/s', times(0.8, 'tcp'), times(3.5, 'peer')),
  lost32: { ...cost('streams lost, 32 in flight', '', { limit: 0 }), summary: sum },
  answer100: cost('request and answer, round trip 100 ms', 'ms', { limit: 110 }),
  dial: cost('dial, warm, p50', 'ms', times(1.25, 'floor')),
  dialP99: { ...cost('dial, warm, p99', 'ms', timesOwn(2, 'dial')), summary: p99, isOfAllRounds: true },
  dial10: cost('dial, round trip 10 ms', 'ms', times(0.65, 'peer')),
  dial30: cost('dial, round trip 30 ms', 'ms', times(0.75, 'peer')),
  dial100: cost('dial, round trip 100 ms', 'ms', times(0.85, 'peer')),
  firstDial: cost('first dial of a process', 'ms', times(0.8, 'peer')),
  up: rate('one stream, up', 'MB/s', times(0.95, 'floor')),
  up1500: rate('one stream, up, packets of 1,500 bytes', 'MB/s', times(0.95, 'floor')),
  up4000: rate('one stream, up, packets of 4,000 bytes', 'MB/s', times(0.95, 'floor')),
  down: rate('one stream, down', 'MB/s', times(0.95, 'floor')),
  echo: rate('echo of 64 MiB', 'MB/s'),
  echo50: rate('echo of 64 MiB, round trip 50 ms', 'MB/s', timesOwn(0.8, 'echo')),
  echo100: rate('echo of 64 MiB, round trip 100 ms', 'MB/s', timesOwn(0.8, 'echo')),
  uploadFar: rate('one stream, up, round trip 100 ms, 1 of 2,000 packets lost', 'MB/s', times(1, 'peer')),
  eight: rate('eight streams at once, sum', 'MB/s', timesOwn(0.9, 'up')),
  eightFairness: rate('eight streams, slowest / fastest', '', { limit: 0.5 }),
  eightPing: { ...cost('ping beside eight streams, p99', 'ms', { limit: 50 }), summary: p99 },
  cpuSender: cost('processor of a sender, per GiB', 's', times(1.2, 'floor')),
  cpuReceiver: cost('processor of a receiver, per GiB', 's', times(1.2, 'floor')),
  cpuStreamsDialer: cost('processor of a dialer, per 10,000 streams', 's', times(NOW.dialer / 2, 'floor')),
  cpuStreamsListener: cost('processor of a listener, per 10,000 streams', 's', times(NOW.listener / 2, 'floor')),
  memoryDialer: cost('memory of an idle connection, dialer', 'KB', times(0.5, 'peer')),
  memoryListener: cost('memory of an idle connection, listener', 'KB', times(0.5, 'peer')),
  memoryStream: cost('memory of an idle stream, both ends', 'KB', times(0.6, 'peer')),
  idleMain: cost('listener with 1,000 idle connections, main thread', '% of a core', { limit: 3 }),
  idleAll: cost('listener with 1,000 idle connections, all threads', '% of a core'),
  crowd: cost('1,000 connections, 50 at a time', 's', times(0.6, 'peer')),
  crowdRefused: cost('refused, of 1,000 connections', '', { limit: 0 }),
  crowdDelay: cost('event loop p99 of the listener meanwhile', 'ms', { limit: 100 })
} satisfies Record<string, Figure>

export type FigureName = keyof typeof FIGURES

export const FIGURE_NAMES = Object.keys(FIGURES) as FigureName[]

export function figure (name: FigureName): Figure {
  return FIGURES[name]
}
