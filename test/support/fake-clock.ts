/**
 * A clock that goes on when told to, and whose date can be set
 */
import type { DateClock } from '../../src/clock.ts'

interface Timer {
  time: number
  callback (): void
}

export class FakeClock implements DateClock {
  private time: number
  private dateOffset = 0
  private readonly timers = new Set<Timer>()

  constructor (time: number) {
    this.time = time
  }

  get pending (): number {
    return this.timers.size
  }

  now (): number {
    return this.time
  }

  date (): number {
    return this.time + this.dateOffset
  }

  /**
   * Somebody sets the date of the machine forward or back, by so many ms
   */
  setDate (by: number): void {
    this.dateOffset += by
  }

  after (delay: number, callback: () => void): () => void {
    if (delay < 1 || delay > 2 ** 31 - 1) {
      throw new Error(`Node.js would not wait ${delay} ms`)
    }

    const timer = { time: this.time + delay, callback }
    this.timers.add(timer)

    return () => { this.timers.delete(timer) }
  }

  /**
   * Fires the timers that are due meanwhile, and waits after each until another
   * was set
   */
  async advance (ms: number): Promise<void> {
    const end = this.time + ms

    for (let timer = this.earliest(); timer.time <= end; timer = this.earliest()) {
      this.timers.delete(timer)
      this.time = Math.max(this.time, timer.time)
      timer.callback()

      while (this.timers.size === 0) {
        await new Promise(resolve => { setImmediate(resolve) })
      }
    }

    this.time = end
  }

  /**
   * Fires the timers that are due meanwhile
   */
  pass (ms: number): void {
    const end = this.time + ms

    while (this.timers.size > 0 && this.earliest().time <= end) {
      this.fireNext()
    }

    this.time = end
  }

  /**
   * Goes on to the timer that is due next, and fires it
   */
  fireNext (): void {
    const timer = this.earliest()

    this.timers.delete(timer)
    this.time = Math.max(this.time, timer.time)
    timer.callback()
  }

  /**
   * Lets time pass without timers, as while a machine sleeps
   */
  sleep (ms: number): void {
    this.time += ms

    for (const timer of this.timers) {
      timer.time += ms
    }
  }

  private earliest (): Timer {
    return [...this.timers].reduce((a, b) => a.time <= b.time ? a : b)
  }
}
