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
 * fail where it does not answer ("Happy Eyeballs", RFC 8305). The first that
 * connects is left; all others are closed.
 */
export async function firstConnected <T extends { peer: Peer }> (attempts: readonly Attempt[], init: AttemptsInit<T>): Promise<T> {
  const { clock, signal } = init
  const waiting = [...attempts]
  const peers = new Map<Attempt, Peer>()
  const running = new Set<Attempt>()
  const failures: Failure[] = []
  const first = Promise.withResolvers<T>()
  const over = new AbortController()
  let cancel = (): void => {}

  async function run (attempt: Attempt): Promise<void> {
    running.add(attempt)

    for (const start of attempt.starts) {
      if (!await connect(attempt, start) || over.signal.aborted) {
        break
      }
    }

    running.delete(attempt)
    next()
  }

  /**
   * Resolves with whether another certificate is worth a try
   */
  async function connect (attempt: Attempt, start: () => Peer): Promise<boolean> {
    let peer: Peer | undefined

    try {
      const started = init.start(start, attempt)
      peer = started.peer
      peers.set(attempt, peer)
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

  function isOfNoUse ({ insteadOf }: Attempt): boolean {
    const other = insteadOf == null ? undefined : peers.get(insteadOf)

    return hasAnswered(other) || (other != null && other.version !== insteadOf?.version)
  }

  function next (): void {
    cancel()

    if (signal.aborted || over.signal.aborted) {
      waiting.length = 0
    }

    let attempt = waiting.shift()

    while (attempt != null && isOfNoUse(attempt)) {
      attempt = waiting.shift()
    }

    if (attempt != null) {
      void run(attempt)
    } else if (running.size === 0 && !over.signal.aborted) {
      first.reject(init.summarize(failures))
    }

    if (waiting.length > 0) {
      cancel = clock.after(waiting[0].delay ?? ATTEMPT_DELAY, nextUnlessAnswered)
    }
  }

  function nextUnlessAnswered (): void {
    if ([...running].some(attempt => hasAnswered(peers.get(attempt)))) {
      cancel = clock.after(ATTEMPT_DELAY, nextUnlessAnswered)
    } else {
      next()
    }
  }

  next()

  try {
    return await first.promise
  } finally {
    cancel()
  }
}

function hasAnswered (peer?: Peer): boolean {
  return peer != null && peer.phase() !== 'ice'
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
