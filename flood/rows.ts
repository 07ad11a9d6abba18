/**
 * The table: what happens, who dials meanwhile, and what must come out.
 */
import { bounded, crowdGetsIn, flooded, median, noticedInTime, recover, succeed } from './must-be.ts'
import type { Condition } from './must-be.ts'
import type { FloodInit } from './processes/flooder.ts'
import type { Implementation } from './processes/listener.ts'
import type { DialerVersion, Version } from '../src/wire/credentials.ts'

export type Size = 'full' | 'quick'

export type Meanwhile =
  { readonly what: 'nothing' } |
  { readonly what: 'flood', readonly flood: FloodInit } |

  /**
   * The listener is killed and started again, while so many are connected
   */
  { readonly what: 'restart', readonly connected: number } |

  /**
   * The credentials of one connection are used from so many addresses
   */
  { readonly what: 'scatter', readonly sources: number } |

  /**
   * So many connect from one address, one every so many ms, and stay
   */
  { readonly what: 'crowd', readonly count: number, readonly every: number }

export interface HonestDials {
  readonly count: number

  /**
   * In ms
   */
  readonly every: number

  /**
   * How many addresses they dial from
   */
  readonly hosts: number
  readonly version: DialerVersion
}

export interface Row {
  readonly name: string

  /**
   * Who listens
   */
  readonly implementation: Implementation
  readonly meanwhile: Meanwhile
  readonly dials: HonestDials

  /**
   * Nothing where another implementation listens: it is there to compare with
   */
  readonly mustBe: Condition[]
}

/**
 * The time between two honest dials, in ms
 */
const EVERY = 250

export function rows (size: Size): Row[] {
  const duration = size === 'full' ? 30_000 : 4_000

  return [
    ...floods(1, duration).filter(({ name }) => size === 'full' || !name.includes('each twice')),
    ...floods(2, duration).filter(({ name }) => size === 'full' || name.includes('each twice')),
    ...connected(size),
    ...size === 'full' ? beside(duration) : []
  ]
}

function floods (version: Version, duration: number): Row[] {
  const row = (text: string, flood: Omit<FloodInit, 'version' | 'duration'>, ...mustBe: Condition[]): Row => ({
    name: `${flood.rate.toLocaleString('en')}/s ${text}, version ${version}`,
    implementation: 'ours',
    meanwhile: { what: 'flood', flood: { ...flood, version, duration } },
    dials: { count: duration / EVERY, every: EVERY, hosts: 1, version: version === 1 ? 'auto' : version },
    mustBe: [...mustBe, bounded(), flooded(flood.rate)]
  })

  return [
    row('from one source, a new ufrag each', { rate: 20_000, sources: 1 }, succeed(1, 10_000), median(300), succeed(0.99, 1_000)),
    row('from 4,096 sources, a new ufrag each', { rate: 2_000, sources: 4_096 }, succeed(0.99, 5_000), median(1_000)),
    row('from 4,096 sources, a new ufrag each', { rate: 20_000, sources: 4_096 }, succeed(0.95, 10_000)),
    row('from 4,096 sources, each twice', { rate: 2_000, sources: 4_096, again: [500] }, succeed(0.95, 10_000)),
    row("from the honest dialers' own address", { rate: 200, sources: 'dialers' }, succeed(0.99, 10_000)),
    row('from 80 sources that answer the check, and no DTLS', { rate: 80, sources: 80, answers: true }, succeed(0.99, 2_000), median(1_000))
  ]
}

function connected (size: Size): Row[] {
  const isFull = size === 'full'

  return [
    {
      name: `no flood: ${isFull ? '1,000 dials in 10 s' : '200 dials in 4 s'} from 50 addresses`,
      implementation: 'ours',
      meanwhile: { what: 'nothing' },
      dials: isFull ? { count: 1_000, every: 10, hosts: 50, version: 'auto' } : { count: 200, every: 20, hosts: 50, version: 'auto' },
      mustBe: [succeed(1, 10_000)]
    },
    ...(isFull ? [80, 500] : [40]).map((count): Row => ({
      name: `restart with ${count} connected dialers`,
      implementation: 'ours',
      meanwhile: { what: 'restart', connected: count },
      dials: { count: isFull ? 30 : 20, every: 1_000, hosts: 1, version: 'auto' },
      mustBe: [succeed(1, 2_000), noticedInTime]
    })),
    ...isFull
      ? [
          // the native stack enters each of them in a table that is slow when it has
          // many: what happens then can't be helped from here, but it ends
          ...[4_096, 65_000].map((sources): Row => ({
            name: `one live ufrag from ${sources.toLocaleString('en')} sources`,
            implementation: 'ours',
            meanwhile: { what: 'scatter', sources },
            dials: { count: 120, every: EVERY, hosts: 1, version: 'auto' },
            mustBe: [sources === 4_096 ? succeed(1, 2_000) : recover(40, 2_000), bounded(1)]
          })),
          {
            name: '1,000 connections from one address, 20 a second',
            implementation: 'ours' as const,
            meanwhile: { what: 'crowd' as const, count: 1_000, every: 50 },
            dials: { count: 240, every: EVERY, hosts: 1, version: 'auto' as const },
            mustBe: [succeed(1, 2_000), crowdGetsIn(1)]
          }
        ]
      : []
  ]
}

/**
 * The same floods against others
 */
function beside (duration: number): Row[] {
  const names = [/^200\/s from the honest/, /^2,000\/s .* new ufrag/]

  return (['js-libp2p', 'go-libp2p'] as const).flatMap(implementation => floods(1, duration)
    .filter(({ name }) => names.some(pattern => pattern.test(name)))
    .map(row => ({
      ...row,
      name: `${implementation === 'js-libp2p' ? '@libp2p/webrtc' : implementation}: ${row.name}`,
      implementation,
      dials: { ...row.dials, version: 1 as const },
      mustBe: []
    })))
}
