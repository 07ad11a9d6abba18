/**
 * The table: what happens to a listener, and what must come out.
 */
import { allSucceed, exits, idles, noticedInTime, open, returns } from './must-be.ts'
import type { Condition } from './must-be.ts'
import type { Implementation } from '../flood/processes/listener.ts'

export type Size = 'full' | 'quick'

export type Event =
  /**
   * So many connections with so many streams each do nothing
   */
  { readonly what: 'idle', readonly connections: number, readonly streams: number } |

  /**
   * Connections are made, used and closed, so many at a time; `kills`: while other
   * dialers are killed, which do the same
   */
  { readonly what: 'churn', readonly count: number, readonly parallel: number, readonly kills: boolean } |

  /**
   * One end of so many connections is stopped (SIGSTOP) for so many ms
   */
  { readonly what: 'pause', readonly end: 'dialers' | 'listener', readonly connections: number, readonly duration: number } |

  /**
   * The listener is stopped and started so many times
   */
  { readonly what: 'restart', readonly count: number } |

  /**
   * What does a connection take, at one of its ends?
   */
  { readonly what: 'memory', readonly end: 'dialer' | 'listener', readonly connections: number }

export interface Row {
  readonly name: string
  readonly implementation: Implementation
  readonly event: Event

  /**
   * Nothing where another implementation is there to compare with
   */
  readonly mustBe: Condition[]
}

const WHOSE: Record<Implementation, string> = { ours: '', 'js-libp2p': '@libp2p/webrtc: ', 'go-libp2p': 'go-libp2p: ' }

/**
 * How many connections memory is divided by
 */
const SAMPLE = 100

/**
 * What an idle listener may take of a core with its main thread
 */
const IDLE_SHARE = 0.03

export function rows (size: Size): Row[] {
  const isFull = size === 'full'

  return [
    ...(isFull ? [[100, 0], [300, 0], [1_000, 0], [100, 10], [300, 10], [1_000, 10]] : [[100, 10]]).map(([connections, streams]) => idle(connections, streams)),
    churn(isFull ? 10_000 : 1_000, isFull ? 50 : 20, false),
    churn(isFull ? 10_000 : 500, isFull ? 50 : 20, true),
    ...isFull ? [pause('dialers'), pause('listener')] : [],
    restart(isFull ? 1_000 : 100),
    ...isFull ? [memory('ours', 'listener'), memory('ours', 'dialer'), memory('js-libp2p', 'listener'), memory('js-libp2p', 'dialer'), memory('go-libp2p', 'listener')] : []
  ]
}

function idle (connections: number, streams: number): Row {
  return {
    name: `${connections.toLocaleString('en')} idle connections, ${streams === 0 ? 'no streams' : `${streams} streams on each`}`,
    implementation: 'ours',
    event: { what: 'idle', connections, streams },
    mustBe: [idles(IDLE_SHARE), open(connections, streams)]
  }
}

function churn (count: number, parallel: number, kills: boolean): Row {
  return {
    name: `${count.toLocaleString('en')} connections made and closed, ${parallel} at a time${kills ? ', beside as many dialers that are killed' : ''}`,
    implementation: 'ours',
    event: { what: 'churn', count, parallel, kills },
    mustBe: [allSucceed, returns, exits]
  }
}

function pause (end: 'dialers' | 'listener'): Row {
  return {
    name: `${end === 'dialers' ? 'the dialers of 100 connections are' : 'the listener of 100 connections is'} stopped for a minute`,
    implementation: 'ours',
    event: { what: 'pause', end, connections: 100, duration: 60_000 },
    mustBe: [noticedInTime, allSucceed, returns, exits]
  }
}

function restart (count: number): Row {
  return {
    name: `a listener stopped and started ${count.toLocaleString('en')} times`,
    implementation: 'ours',
    event: { what: 'restart', count },
    mustBe: [allSucceed, returns, exits]
  }
}

function memory (implementation: Implementation, end: 'dialer' | 'listener'): Row {
  return {
    name: `${WHOSE[implementation]}memory for an idle connection, of the ${end}`,
    implementation,
    event: { what: 'memory', end, connections: SAMPLE },
    mustBe: implementation === 'ours' ? [open(SAMPLE, 0)] : []
  }
}
