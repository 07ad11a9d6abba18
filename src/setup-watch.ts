/**
 * Follows a connection through the phases of its set-up, and tells how long each took.
 */
import type { Attempt } from './attempts.ts'
import type { Clock } from './clock.ts'
import type { SetupPhase } from './errors.ts'
import type { Peer } from './ports.ts'

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

interface Running {
  readonly times: Array<[SetupPhase, number]>
  peer?: Peer
  phase: SetupPhase
  since: number
}

export class SetupWatch {
  private readonly recorder: SetupRecorder
  private readonly clock: Clock
  private readonly startedAt: number
  private readonly running = new Map<Attempt, Running>()
  private addressTime?: number
  private winner?: Running
  private cancel?: () => void

  constructor (recorder: SetupRecorder, clock: Clock) {
    this.recorder = recorder
    this.clock = clock
    this.startedAt = clock.now()
  }

  /**
   * Starts to connect
   */
  start (attempt: Attempt, start: () => Peer): Peer {
    const now = this.clock.now()
    const running: Running = { times: [], phase: 'ice', since: now }

    this.addressTime ??= now - this.startedAt
    this.running.set(attempt, running)

    const peer = start()
    running.peer = peer
    this.cancel ??= this.clock.after(LOOK_INTERVAL, this.look)

    return peer
  }

  attemptFailed (attempt: Attempt): void {
    this.running.delete(attempt)
  }

  /**
   * Channels can carry messages
   */
  attemptConnected (attempt: Attempt): void {
    this.winner = this.running.get(attempt)
    this.running.clear()

    if (this.winner != null) {
      this.advance(this.winner, 'sctp')
    }
  }

  enter (phase: 'noise' | 'upgrade'): void {
    if (this.winner != null) {
      this.next(this.winner, phase)
    }
  }

  end (error?: Error & { phase?: SetupPhase }): void {
    const { recorder, clock, winner } = this

    this.cancel?.()

    if (this.addressTime != null) {
      recorder.onPhase('address', this.addressTime)
    }

    winner?.times.forEach(([phase, time]) => { recorder.onPhase(phase, time) })

    if (error != null) {
      recorder.onFailed(error.phase ?? 'address', error)
    } else if (winner != null) {
      recorder.onPhase(winner.phase, clock.now() - winner.since)
      recorder.onConnected(clock.now() - this.startedAt)
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
      this.cancel = this.clock.after(LOOK_INTERVAL, this.look)
    }
  }

  /**
   * Every phase is counted, also where it was over before anybody could look
   */
  private advance (running: Running, to: SetupPhase): void {
    while (STACK_PHASES.indexOf(running.phase as StackPhase) < STACK_PHASES.indexOf(to as StackPhase)) {
      this.next(running, STACK_PHASES[STACK_PHASES.indexOf(running.phase as StackPhase) + 1])
    }
  }

  private next (running: Running, phase: SetupPhase): void {
    const now = this.clock.now()

    running.times.push([running.phase, now - running.since])
    running.phase = phase
    running.since = now
  }
}
