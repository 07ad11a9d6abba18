/**
 * Timers that fire when told to, in the place of those of the process. What other
 * tests have left behind keeps its own.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

interface Timer {
  readonly time: number
  callback (): void

  /**
   * Where it was set
   */
  readonly origin: string
}

export class VirtualTime {
  private readonly timers = new Set<Timer>()
  private readonly originals = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, timeout: AbortSignal.timeout }
  private readonly start = performance.now()
  private elapsed = 0

  // whatever follows from here on, and nothing else
  private readonly context = new AsyncLocalStorage<this>()

  constructor () {
    const time = this
    this.context.enterWith(this)

    Object.assign(globalThis, {
      setTimeout: (callback: (...args: unknown[]) => void, delay: number = 1, ...args: unknown[]) => time.context.getStore() == null
        ? time.originals.setTimeout(callback, delay, ...args)
        : time.set(delay, () => { callback(...args) }, `${new Error('set').stack}`),
      clearTimeout: (timer: any) => { time.timers.delete(timer) || time.originals.clearTimeout(timer) }
    })

    // nobody can clear it, and it keeps nothing alive
    AbortSignal.timeout = (delay) => {
      const controller = new AbortController()
      time.outside(delay, () => { controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')) })

      return controller.signal
    }

    performance.now = () => time.start + time.elapsed
  }

  restore (): void {
    const { timeout, ...timers } = this.originals
    Object.assign(globalThis, timers)
    AbortSignal.timeout = timeout
    delete (performance as Partial<Performance>).now
  }

  private set (delay: number, callback: () => void, origin: string): Timer & { unref(): unknown, ref(): unknown } {
    const timer = { time: this.elapsed + Math.max(1, delay), callback, origin, unref: () => timer, ref: () => timer }
    this.timers.add(timer)

    return timer
  }

  /**
   * A timer that is not the sources'
   */
  outside (delay: number, callback: () => void): void {
    this.set(delay, callback, '')
  }

  /**
   * How much time has passed, in ms
   */
  get now (): number {
    return this.elapsed
  }

  /**
   * Where the timers of the sources were set that have not fired
   */
  get pending (): string[] {
    return [...this.timers].map(({ origin }) => origin).filter(origin => origin !== '')
  }

  get isEmpty (): boolean {
    return this.timers.size === 0
  }

  /**
   * Goes on to the timer that is due next, and fires it
   */
  fireNext (): void {
    const timer = [...this.timers].reduce((a, b) => a.time <= b.time ? a : b)
    this.timers.delete(timer)
    this.elapsed = Math.max(this.elapsed, timer.time)
    timer.callback()
  }
}
