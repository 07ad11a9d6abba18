/**
 * How long the other end may keep this one waiting.
 */
export class Patience {
  private readonly ms: number
  private readonly onEnd: () => void
  private refreshed = performance.now()
  private timer: ReturnType<typeof setTimeout>

  /**
   * Calls `onEnd` once `ms` have passed without a `refresh()`
   */
  constructor (ms: number, onEnd: () => void) {
    this.ms = ms
    this.onEnd = onEnd
    this.timer = this.wait(ms)
  }

  /**
   * The other end has done something
   */
  refresh (): void {
    this.refreshed = performance.now()
  }

  end (): void {
    clearTimeout(this.timer)
  }

  // a timer for each message would cost more: timers of browsers can't be refreshed
  private wait (ms: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => {
      const left = this.ms - (performance.now() - this.refreshed)

      if (left > 0) {
        this.timer = this.wait(left)
      } else {
        this.onEnd()
      }
    }, ms)
  }
}
