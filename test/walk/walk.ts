/**
 * Runs something once to find its points, then once more for each of them and for
 * each interruption, and looks at what is left.
 */
import { getEventListeners } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { Ends } from './ends.ts'
import { watchPoints } from './points.ts'
import { VirtualTime } from './virtual-time.ts'
import type { EndsInit } from './ends.ts'
import type { Place } from './points.ts'
import type { WebRTCStream } from '../../src/streams/stream.ts'

export interface Scenario {
  readonly name: string
  readonly init?: EndsInit

  /**
   * What happens where nothing interrupts it. It never rejects.
   */
  run (ends: Ends): Promise<void>
}

export interface Interruption {
  readonly name: string

  /**
   * Whether it is the network that does it
   */
  readonly byNetwork?: boolean

  isPossible (ends: Ends): boolean
  act (ends: Ends): void
}

export interface Report {
  readonly points: string[]

  /**
   * Those that were reached, and behind an interruption as well
   */
  readonly reached: ReadonlySet<string>

  /**
   * Those of the streams that were interrupted
   */
  readonly states: ReadonlySet<string>
  readonly runs: number
  readonly findings: string[]
}

/**
 * Everything has to end within that time, in ms
 */
const PATIENCE = 120_000

/**
 * So many turns of the event loop without a point, and nothing goes on by itself
 */
const QUIET_TURNS = 3

/**
 * So many, and no timer, and nothing will go on any more
 */
const DEAD_TURNS = 100

interface Run {
  /**
   * The points, and which interruptions were possible there
   */
  readonly points: Array<{ name: string, possible: readonly Interruption[] }>
  readonly reached: ReadonlySet<string>
  readonly states: ReadonlySet<string>
  readonly findings: string[]
}

interface At {
  readonly point: string
  readonly interruption: Interruption
}

async function runOnce ({ init, run }: Scenario, interruptions: readonly Interruption[], at?: At): Promise<Run> {
  const time = new VirtualTime()
  const unhandled: unknown[] = []
  const onUnhandled = (err: unknown): void => { unhandled.push(err) }
  const others = (['unhandledRejection', 'uncaughtException'] as const).map(name => ({ name, listeners: process.listeners(name as 'uncaughtException') }))
  const points: Run['points'] = []
  const reached = new Set<string>()
  const states = new Set<string>()
  let activity = 0
  let isHit = false

  for (const { name } of others) {
    process.removeAllListeners(name)
    process.on(name, onUnhandled)
  }

  try {
    const ends = new Ends(time, init)

    watchPoints((point: string, place: Place) => {
      activity++
      reached.add(point)

      if (at == null) {
        points.push({ name: point, possible: interruptions.filter(interruption => interruption.isPossible(ends)) })
      } else if (at.point === point) {
        isHit = true
        ends.connections.forEach(({ streams }) => { streams.forEach(stream => states.add(stateOf(stream as WebRTCStream))) })

        if (place === 'call' && at.interruption.byNetwork !== true) {
          queueMicrotask(() => { at.interruption.act(ends) })
        } else {
          at.interruption.act(ends)
        }
      }
    })

    const findings: string[] = []
    let isOver = false
    const over = run(ends).then(async () => {
      await quiet()
      findings.push(...ends.forgotten.map(({ direction }) => `left: an open ${direction} connection whose peer connection has ended`))
      await ends.finish()
    }).catch(err => { findings.push(`the scenario has failed: ${describe(err)}`) }).finally(() => { isOver = true })
    await passTime(time, () => activity, () => isOver)

    if (at != null && !isHit) {
      findings.push('the point was not reached')
    }

    if (!isOver) {
      findings.push(`has not ended after ${time.now} ms: ${ends.track.pending.join(', ')}`)
    } else {
      await over
    }

    findings.push(...await leftOf(ends, time), ...unhandled.map(err => `unhandled: ${describe(err)}`))

    return { points, reached, states, findings }
  } finally {
    watchPoints(undefined)
    time.restore()

    for (const { name, listeners } of others) {
      process.removeAllListeners(name)
      listeners.forEach(listener => process.on(name, listener))
    }
  }
}

async function quiet (): Promise<void> {
  for (let i = 0; i < QUIET_TURNS; i++) {
    await turn()
  }
}

async function passTime (time: VirtualTime, activity: () => number, isOver: () => boolean): Promise<void> {
  let last = -1
  let quietTurns = 0

  while (!isOver() && time.now < PATIENCE) {
    await turn()

    quietTurns = activity() === last ? quietTurns + 1 : 0
    last = activity()

    if (quietTurns >= QUIET_TURNS && !time.isEmpty) {
      quietTurns = 0
      time.fireNext()
    } else if (quietTurns >= DEAD_TURNS) {
      return
    }
  }
}

/**
 * What is left when everything has ended
 */
async function leftOf (ends: Ends, time: VirtualTime): Promise<string[]> {
  const { network, track, listener, caller, dialerNode, listenerNode, certificates } = ends
  const found: string[] = []

  await quiet()

  const isLeft = (what: string, count: number): void => {
    if (count > 0) {
      found.push(`left: ${count} ${what}`)
    }
  }

  isLeft('peer connections', network.open.size)
  isLeft('listeners of the network', network.isListening ? 1 : 0)
  isLeft('connections of the listener', listener['connections'].size)
  isLeft('listeners on the signal of the caller', getEventListeners(caller.signal, 'abort').length)
  isLeft('listeners on the certificates', certificates.listenerCount('change'))
  found.push(...time.pending.map(origin => `left: a timer ${origin.split('\n').filter(line => line.includes('/src/') && !line.includes('node_modules')).slice(0, 3).map(line => line.trim()).join(' ')}`))

  for (const { name, maConns, connections } of [dialerNode, listenerNode]) {
    isLeft(`connections of the ${name} that are not closed`, maConns.filter(({ status }) => status === 'open' || status === 'closing').length)

    for (const { muxer, streams } of connections) {
      isLeft(`streams in the muxer of the ${name}`, muxer.streams.length)
      isLeft(`streams of the ${name} that are open`, streams.filter(({ status }) => status === 'open').length)
      isLeft(`muxers of the ${name} that are not closed`, muxer.status === 'closed' ? 0 : 1)
      isLeft(`streams of the ${name} that are waited for`, muxer['opener']['waiters'].size)
      isLeft(`acknowledgements that the ${name} waits for`, muxer['finAcks']['waiting'].size)
    }
  }

  found.push(...track.pending.map(name => `left: a promise that has not settled, ${name}`))

  for (const err of network.thrown) {
    found.push(`thrown in a callback: ${describe(err)}`)
  }

  for (const [name, err] of track.failures) {
    if (!(err instanceof Error) || ['Error', 'TypeError', 'RangeError', 'ReferenceError'].includes(err.name) || err.message === '') {
      found.push(`${name} has failed with ${describe(err)}`)
    } else if (name === 'dial' && !('phase' in err)) {
      found.push(`${name} has failed without a phase: ${describe(err)}`)
    }
  }

  return found
}

function stateOf (stream: WebRTCStream): string {
  const state = stream['state']

  return state.phase === 'open' ? `${state.write} ${state.read}` : state.phase
}

function describe (err: unknown): string {
  return err instanceof Error ? `${err.stack?.split('\n').slice(0, 3).map(line => line.trim()).join(' ')}` : String(err)
}

export interface WalkInit {
  readonly scenario: Scenario
  readonly interruptions: readonly Interruption[]

  /**
   * At each point so many of them, others at the next one
   *
   * @default - all
   */
  readonly perPoint?: number

  /**
   * How often to stop at the same place
   *
   * @default - each time that it is reached
   */
  readonly times?: number

  /**
   * Stops at each of so many
   *
   * @default 1
   */
  readonly stride?: number

  /**
   * Points that another walk has been at
   */
  readonly except?: ReadonlySet<string>
}

export async function walk ({ scenario, interruptions, perPoint = Infinity, times = Infinity, stride = 1, except }: WalkInit): Promise<Report> {
  const base = await runOnce(scenario, interruptions)
  const findings = base.findings.map(finding => `uninterrupted: ${finding}`)
  const reached = new Set(base.reached)
  const states = new Set(base.states)
  let turns = 0
  let runs = 1

  for (const [i, { name, possible }] of base.points.entries()) {
    const isWanted = i % stride === 0 && except?.has(name) !== true && Number(name.split('#').at(-1)) <= times
    const count = isWanted ? Math.min(perPoint, possible.length) : 0

    for (let i = 0; i < count; i++) {
      const interruption = possible[turns++ % possible.length]
      const { findings: found, ...run } = await runOnce(scenario, interruptions, { point: name, interruption })

      findings.push(...found.map(finding => `${interruption.name} at "${name}": ${finding}`))
      run.reached.forEach(point => reached.add(point))
      run.states.forEach(state => states.add(state))
      runs++
    }
  }

  return { points: base.points.map(({ name }) => name), reached, states, runs, findings }
}
