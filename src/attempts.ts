/**
 * Tries to connect, more than once where that helps. Each attempt that runs is in one
 * of three states, looked at every 250 ms:
 *
 * | state | until | what it means for others |
 * |---|---|---|
 * | unanswered | the phase is no more ICE | the next one is started after its delay |
 * | answered | the phase has not changed for the patience | all others wait |
 * | stalled | the phase changes: it is answered again | the next one is started; the same is tried again, once |
 *
 * A stalled attempt goes on. Where the first message of DTLS of go-libp2p was lost, or the
 * last one of rust-libp2p, it never ends: they don't send those again.
 */
import { TimeoutError } from '@libp2p/interface'
import type { Clock } from './clock.ts'
import type { Peer } from './ports.ts'
import type { Version } from './wire/credentials.ts'

/**
 * The next address is tried when the one before has not answered for so long,
 * in ms: the "Connection Attempt Delay" of RFC 8305 section 5
 */
const ATTEMPT_DELAY = 250

/**
 * How long a remote that has answered may make no headway, in ms: a client of DTLS or
 * SCTP sends again after 1 s, and then after another 2 s
 */
const PATIENCE = 2_000

/**
 * The same, in times that its answer took: that is a round trip at least, and a phase
 * takes two or three
 */
const PATIENCE_ANSWERS = 4

/**
 * How often attempts are looked at, in ms
 */
const LOOK_INTERVAL = 250

/**
 * A place where the remote may be, and a version that it may speak
 */
export interface Attempt {
  /**
   * The IP address
   */
  readonly host: string

  /**
   * The UDP port
   */
  readonly port: number

  readonly version: Version

  /**
   * How long the attempts before may be without an answer until this one is
   * started, in ms
   *
   * @default 250
   */
  readonly delay?: number

  /**
   * How long the remote may take to answer the first connectivity check, in ms
   *
   * @default - as long as the signal allows
   */
  readonly iceTimeout?: number

  /**
   * An attempt with the other version. When that was answered, or has become one
   * with this version, this one is of no use.
   */
  readonly insteadOf?: Attempt

  /**
   * The same attempt, which has come to a stop. This one is of no use when that has failed.
   */
  readonly repeats?: Attempt

  /**
   * How often it may be tried again beside those that have stalled
   *
   * @default 0
   */
  readonly maxRepeats?: number

  /**
   * Start to connect, each with another certificate that the remote may present.
   * Only a remote that answers is asked for the next one.
   */
  readonly starts: ReadonlyArray<() => Peer>
}

/**
 * How an attempt has failed
 */
export interface Failure {
  readonly attempt: Attempt

  /**
   * The version that was spoken
   */
  readonly version: Version
  readonly error: Error
}

export interface AttemptsInit<T> {
  clock: Clock
  signal: AbortSignal

  start (start: () => Peer, attempt: Attempt): T

  /**
   * What to throw where an attempt fails. Its peer is not closed yet.
   */
  describe (err: Error, attempt: Attempt, peer?: Peer): Error

  /**
   * What to throw where that has happened to all of them
   */
  summarize (failures: Failure[]): Error

  onConnected? (attempt: Attempt, peer: Peer): void
}

/**
 * Tries all places one after another, without waiting for the one before to
 * fail where it does not answer ("Happy Eyeballs", RFC 8305), or stalls. The first
 * that connects is left; all others are closed.
 */
export async function firstConnected <T extends { peer: Peer }> (attempts: readonly Attempt[], init: AttemptsInit<T>): Promise<T> {
  const { clock, signal } = init
  const waiting = [...attempts]
  const headways = new Map<Attempt, Headway>()
  const running = new Set<Attempt>()
  const failures: Failure[] = []
  const first = Promise.withResolvers<T>()
  const over = new AbortController()
  const repeated = new Set<Attempt>()
  let startedAt = clock.now()
  let cancel = (): void => {}

  async function run (attempt: Attempt): Promise<void> {
    running.add(attempt)

    for (let i = 0; i < attempt.starts.length; i++) {
      if (!await connect(attempt, attempt.starts.slice(i)) || over.signal.aborted) {
        break
      }
    }

    running.delete(attempt)
    next()
    look()
  }

  /**
   * With the first of several certificates. Resolves with whether another one is worth
   * a try.
   */
  async function connect (attempt: Attempt, starts: Attempt['starts']): Promise<boolean> {
    let peer: Peer | undefined

    try {
      const started = init.start(starts[0], attempt)
      peer = started.peer
      headways.set(attempt, new Headway(clock, peer, starts))
      await connected(peer, { clock, signal: AbortSignal.any([signal, over.signal]) }, attempt.iceTimeout)
      over.signal.throwIfAborted()
      over.abort()
      init.onConnected?.(attempt, peer)
      first.resolve(started)

      return false
    } catch (err: any) {
      failures.push({ attempt, version: peer?.version ?? attempt.version, error: init.describe(err, attempt, peer) })
      await peer?.close()

      return !signal.aborted && peer?.phase() === 'dtls'
    }
  }

  function isOfNoUse ({ insteadOf, repeats }: Attempt): boolean {
    const other = insteadOf == null ? undefined : headways.get(insteadOf)?.peer

    return (other != null && (hasAnswered(other) || other.version !== insteadOf?.version)) ||
      (repeats != null && !running.has(repeats))
  }

  function next (): void {
    if (signal.aborted || over.signal.aborted) {
      waiting.length = 0
    }

    let attempt = waiting.shift()

    while (attempt != null && isOfNoUse(attempt)) {
      attempt = waiting.shift()
    }

    if (attempt != null) {
      startedAt = clock.now()
      void run(attempt)
    } else if (running.size === 0 && !over.signal.aborted) {
      first.reject(init.summarize(failures))
    }
  }

  /**
   * How long the next one has to wait, in ms
   */
  function delay (): number {
    return waiting.length === 0 ? Infinity : startedAt + (waiting[0].delay ?? ATTEMPT_DELAY) - clock.now()
  }

  function look (): void {
    const states = [...running].map(attempt => [attempt, headways.get(attempt)?.state()] as const)

    for (const [attempt, state] of states) {
      if (state === 'stalled' && !repeated.has(attempt)) {
        repeat(attempt)
      }
    }

    if (delay() <= 0 && !states.some(([, state]) => state === 'answered')) {
      next()
    }

    cancel()

    if (running.size === 0 || over.signal.aborted) {
      return
    }

    const time = delay() > 0 ? Math.min(delay(), LOOK_INTERVAL) : LOOK_INTERVAL
    cancel = clock.after(Math.max(1, time), look)
  }

  function repeat (attempt: Attempt): void {
    const { maxRepeats = 0 } = attempt
    const { starts } = headways.get(attempt) ?? attempt
    repeated.add(attempt)

    if (maxRepeats > 0) {
      waiting.push({ ...attempt, starts, delay: undefined, repeats: attempt, maxRepeats: maxRepeats - 1 })
    }
  }

  next()
  look()

  try {
    return await first.promise
  } finally {
    cancel()
  }
}

/**
 * How far an attempt has come with one certificate, and whether it still comes on
 */
class Headway {
  readonly peer: Peer

  /**
   * What to start for another try: this, and what was to come after it
   */
  readonly starts: Attempt['starts']

  private readonly clock: Clock
  private phase: ReturnType<Peer['phase']> = 'ice'
  private since: number
  private answerTime?: number

  constructor (clock: Clock, peer: Peer, starts: Attempt['starts']) {
    this.clock = clock
    this.peer = peer
    this.starts = starts
    this.since = clock.now()
  }

  state (): 'unanswered' | 'answered' | 'stalled' {
    const now = this.clock.now()

    if (this.peer.phase() !== this.phase) {
      this.phase = this.peer.phase()
      this.answerTime ??= now - this.since
      this.since = now
    }

    if (this.answerTime == null) {
      return 'unanswered'
    }

    return now - this.since < Math.max(PATIENCE, PATIENCE_ANSWERS * this.answerTime) ? 'answered' : 'stalled'
  }
}

function hasAnswered (peer: Peer): boolean {
  return peer.phase() !== 'ice'
}

/**
 * As long as the remote has not answered there is little hope that it ever will
 */
async function connected (peer: Peer, { signal, clock }: { signal: AbortSignal, clock: Clock }, iceTimeout?: number): Promise<void> {
  const unanswered = new AbortController()
  const cancel = iceTimeout == null
    ? undefined
    : clock.after(iceTimeout, () => {
      if (!hasAnswered(peer)) {
        unanswered.abort(new TimeoutError(`Nobody answered within ${iceTimeout} ms`))
      }
    })

  try {
    await peer.connected(AbortSignal.any([signal, unanswered.signal]))
  } finally {
    cancel?.()
  }
}
