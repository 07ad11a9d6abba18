import { raceSignal } from 'race-signal'

/**
 * The time that passes, and timers for what is not urgent: they don't keep the
 * process alive.
 */
export interface Clock {
  /**
   * In ms since some moment in the past. It does not jump when the date of the
   * machine is set.
   */
  now (): number

  /**
   * Calls back once, unless the function that is returned is called before
   *
   * @param delay - in ms, up to {@link MAX_DELAY}
   */
  after (delay: number, callback: () => void): () => void
}

/**
 * A clock that knows the date: for certificates, which end at one
 */
export interface DateClock extends Clock {
  /**
   * In ms since 1970
   */
  date (): number
}

/**
 * `setTimeout` fires at once for a longer time, in ms
 */
export const MAX_DELAY = 2 ** 31 - 1

export const systemClock: DateClock = {
  now: () => performance.now(),

  date: () => Date.now(),

  after: (delay, callback) => {
    const timer = setTimeout(callback, delay)

    // browsers have numbers
    timer.unref?.()

    return () => { clearTimeout(timer) }
  }
}

/**
 * The date, in ms since 1970, for the timelines of libp2p, which hold dates. No
 * duration comes from it.
 */
export function date (): number {
  return systemClock.date()
}

/**
 * Waits so long, in ms, unless the signal aborts
 */
export async function wait (time: number, signal?: AbortSignal): Promise<void> {
  if (time <= 0) {
    return
  }

  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, time)

  try {
    await raceSignal(promise, signal)
  } finally {
    clearTimeout(timer)
  }
}

let post: ((callback: () => void) => void) | undefined

/**
 * Calls back after what is already under way in the event loop
 */
export function soon (callback: () => void): void {
  if (typeof setImmediate === 'function') {
    setImmediate(callback)
  } else {
    post ??= messagesToSelf()
    post(callback)
  }
}

/**
 * A page has no `setImmediate`. Its timers have to wait, for 4 ms where one sets the next,
 * and for a second where nobody sees the page; messages don't.
 */
function messagesToSelf (): (callback: () => void) => void {
  const { port1, port2 } = new MessageChannel()
  const callbacks: Array<() => void> = []

  // one for each message, so that what one throws is not in the way of others
  port1.onmessage = () => { callbacks.shift()?.() }

  return callback => {
    callbacks.push(callback)
    port2.postMessage(undefined)
  }
}
