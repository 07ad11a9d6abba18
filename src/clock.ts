import { raceSignal } from 'race-signal'

/**
 * The time, and timers for what is not urgent: they don't keep the process
 * alive.
 */
export interface Clock {
  /**
   * In ms since 1970
   */
  now (): number

  /**
   * Calls back once, unless the function that is returned is called before
   *
   * @param delay - in ms, up to 2,147,483,647: Node.js fires at once for more
   */
  after (delay: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),

  after: (delay, callback) => {
    const timer = setTimeout(callback, delay)
    timer.unref()

    return () => { clearTimeout(timer) }
  }
}

/**
 * Waits so long, in ms, unless the signal aborts
 */
export async function wait (time: number, signal?: AbortSignal): Promise<void> {
  if (time > 0) {
    await raceSignal(new Promise<void>(resolve => { setTimeout(resolve, time) }), signal)
  }
}

/**
 * Calls back after what is already under way in the event loop
 */
export function soon (callback: () => void): void {
  if (typeof setImmediate === 'function') {
    setImmediate(callback)
  } else {
    setTimeout(callback, 0)
  }
}
