/**
 * Follows a connection through the phases of its set-up, for those who want to know:
 * the caller who dials, and metrics.
 */
import { CustomProgressEvent } from 'progress-events'
import { guard } from './guard.ts'
import type { Attempt } from './attempts.ts'
import type { Clock } from './clock.ts'
import type { DialAttempt, WebRTCDirectProgressEvents } from './dial-events.ts'
import type { SetupPhase } from './errors.ts'
import type { Peer } from './ports.ts'
import type { Logger, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { ProgressEventListener } from 'progress-events'

/**
 * How often to look how far the stacks have come, in ms: the native one tells of ICE
 * but not of DTLS
 */
const LOOK_INTERVAL = 5

/**
 * The phases of a stack, in the order in which they happen
 */
const STACK_PHASES = ['ice', 'dtls', 'sctp'] as const

type StackPhase = typeof STACK_PHASES[number]

export interface SetupRecorder {
  /**
   * A phase of the connection is over, which took so long, in ms
   */
  onPhase (phase: SetupPhase, time: number): void

  /**
   * All of it took so long, in ms
   */
  onConnected (time: number): void

  onFailed (phase: SetupPhase, err: Error): void
}

export interface SetupWatchInit {
  clock: Clock
  log: Logger
  address: Multiaddr
  onProgress?: ProgressEventListener
  recorder?: SetupRecorder
}

interface Running {
  readonly attempt: Attempt
  readonly times: Array<[SetupPhase, number]>
  peer?: Peer
  phase: SetupPhase
  since: number
}

export class SetupWatch {
  private readonly init: SetupWatchInit
  private readonly startedAt: number
  private readonly running = new Map<Attempt, Running>()
  private addressTime?: number
  private winner?: Running
  private remotePeer?: PeerId
  private cancel?: () => void

  constructor (init: SetupWatchInit) {
    this.init = init
    this.startedAt = init.clock.now()
    this.tell('webrtc-direct:dial', { address: init.address })
  }

  /**
   * The name in the address was looked up
   */
  resolved (hosts: readonly string[]): void {
    this.tell('webrtc-direct:resolved', { address: this.init.address, hosts })
  }

  /**
   * Starts to connect
   */
  start (attempt: Attempt, start: () => Peer): Peer {
    const now = this.init.clock.now()
    const running: Running = { attempt, times: [], phase: 'ice', since: now }

    this.addressTime ??= now - this.startedAt
    this.running.set(attempt, running)
    this.tell('webrtc-direct:ice', this.describe(running))

    const peer = start()
    running.peer = peer
    this.cancel ??= this.init.clock.after(LOOK_INTERVAL, this.look)

    return peer
  }

  /**
   * Does nothing after another attempt has connected
   */
  attemptFailed (attempt: Attempt, error: Error): void {
    const running = this.running.get(attempt)

    if (running != null) {
      const phase = phaseOf(error)
      this.advance(running, phase)
      this.running.delete(attempt)
      this.tell('webrtc-direct:attempt-failed', { ...this.describe(running), phase, error })
    }
  }

  /**
   * Channels can carry messages
   */
  attemptConnected (attempt: Attempt): void {
    this.winner = this.running.get(attempt)
    this.running.delete(attempt)

    if (this.winner != null) {
      this.advance(this.winner, 'sctp')
    }

    for (const running of this.running.values()) {
      this.tell('webrtc-direct:attempt-lost', this.describe(running))
    }

    this.running.clear()
  }

  enter (phase: 'noise' | 'upgrade', remotePeer?: PeerId): void {
    const { winner } = this

    if (winner == null) {
      return
    }

    this.remotePeer = remotePeer
    this.next(winner, phase)
    this.tell(`webrtc-direct:${phase}`, { ...this.describe(winner), ...(remotePeer == null ? {} : { remotePeer }) })
  }

  end (error?: Error): void {
    const { recorder, clock, address } = this.init
    const { winner, remotePeer } = this

    this.cancel?.()

    if (this.addressTime != null) {
      recorder?.onPhase('address', this.addressTime)
    }

    winner?.times.forEach(([phase, time]) => { recorder?.onPhase(phase, time) })

    if (error != null) {
      const phase = phaseOf(error)
      recorder?.onFailed(phase, error)
      this.tell('webrtc-direct:failed', { address, phase, error })
    } else if (winner != null) {
      recorder?.onPhase(winner.phase, clock.now() - winner.since)
      recorder?.onConnected(clock.now() - this.startedAt)
      this.tell('webrtc-direct:connected', { ...this.describe(winner), remotePeer })
    }
  }

  private readonly look = (): void => {
    this.cancel = undefined

    for (const running of this.running.values()) {
      if (running.peer != null) {
        this.advance(running, running.peer.phase())
      }
    }

    if (this.running.size > 0) {
      this.cancel = this.init.clock.after(LOOK_INTERVAL, this.look)
    }
  }

  /**
   * Every phase is told of, also where it was over before anybody could look
   */
  private advance (running: Running, to: SetupPhase): void {
    while (STACK_PHASES.indexOf(running.phase as StackPhase) < STACK_PHASES.indexOf(to as StackPhase)) {
      const phase = STACK_PHASES[STACK_PHASES.indexOf(running.phase as StackPhase) + 1]
      this.next(running, phase)
      this.tell(`webrtc-direct:${phase}`, this.describe(running))
    }
  }

  private next (running: Running, phase: SetupPhase): void {
    const now = this.init.clock.now()

    running.times.push([running.phase, now - running.since])
    running.phase = phase
    running.since = now
  }

  private describe ({ attempt, peer }: Running): DialAttempt {
    const { host, port, version } = attempt

    return { address: this.init.address, host, port, version: peer?.version ?? version }
  }

  private tell (type: WebRTCDirectProgressEvents['type'], detail: unknown): void {
    const { log, onProgress } = this.init

    if (onProgress != null) {
      // the dial does not depend on who watches it
      guard(log, () => { onProgress(new CustomProgressEvent(type, detail)) })()
    }
  }
}

function phaseOf (err: Error & { phase?: SetupPhase }): SetupPhase {
  return err.phase ?? 'address'
}
