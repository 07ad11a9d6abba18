import { TimeoutError } from '@libp2p/interface'
import type { Peer } from './ports.ts'

/**
 * The next address is tried when the one before has not answered for so long,
 * in ms: the "Connection Attempt Delay" of RFC 8305 section 5
 */
const ATTEMPT_DELAY = 250

/**
 * A place where the remote may be
 */
export interface Attempt {
  /**
   * The IP address
   */
  readonly host: string

  /**
   * Starts to connect
   */
  start (): Peer
}

export interface AttemptsInit<T> {
  signal: AbortSignal

  /**
   * How long each may take to answer the first connectivity check, in ms
   *
   * @default - as long as the signal allows
   */
  iceTimeout?: number

  start (attempt: Attempt): T

  /**
   * What to throw where an attempt fails. Its peer is not closed yet.
   */
  describe (err: Error, attempt: Attempt, peer?: Peer): Error

  /**
   * What to throw where that has happened to all of them
   */
  summarize (failures: Error[]): Error
}

/**
 * Tries all places one after another, without waiting for the one before to
 * fail where it does not answer ("Happy Eyeballs", RFC 8305). The first that
 * connects is left; all others are closed.
 */
export async function firstConnected <T extends { peer: Peer }> (attempts: readonly Attempt[], init: AttemptsInit<T>): Promise<T> {
  const { signal } = init
  const waiting = [...attempts]
  const running = new Set<Peer>()
  const failures: Error[] = []
  const first = Promise.withResolvers<T>()
  const over = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined

  async function run (attempt: Attempt): Promise<void> {
    let peer: Peer | undefined

    try {
      const started = init.start(attempt)
      peer = started.peer
      running.add(peer)
      await connected(peer, AbortSignal.any([signal, over.signal]), init.iceTimeout)
      over.signal.throwIfAborted()
      over.abort()
      first.resolve(started)
    } catch (err: any) {
      failures.push(init.describe(err, attempt, peer))
      await peer?.close()

      if (peer != null) {
        running.delete(peer)
      }

      next()
    }
  }

  function next (): void {
    clearTimeout(timer)

    if (signal.aborted || over.signal.aborted) {
      waiting.length = 0
    }

    const attempt = waiting.shift()

    if (attempt != null) {
      void run(attempt)
      timer = setTimeout(nextUnlessAnswered, ATTEMPT_DELAY)
    } else if (running.size === 0) {
      first.reject(init.summarize(failures))
    }
  }

  function nextUnlessAnswered (): void {
    if (waiting.length === 0) {
      return
    }

    if ([...running].some(peer => peer.phase() !== 'ice')) {
      timer = setTimeout(nextUnlessAnswered, ATTEMPT_DELAY)
    } else {
      next()
    }
  }

  next()

  try {
    return await first.promise
  } finally {
    clearTimeout(timer)
  }
}

/**
 * As long as the remote has not answered there is little hope that it ever will
 */
async function connected (peer: Peer, signal: AbortSignal, iceTimeout: number = 0): Promise<void> {
  const unanswered = new AbortController()
  const timer = iceTimeout === 0
    ? undefined
    : setTimeout(() => {
      if (peer.phase() === 'ice') {
        unanswered.abort(new TimeoutError(`Nobody answered within ${iceTimeout} ms`))
      }
    }, iceTimeout)

  try {
    await peer.connected(AbortSignal.any([signal, unanswered.signal]))
  } finally {
    clearTimeout(timer)
  }
}
