/**
 * Does things when they are due. One timer, which can't be more precise than a
 * millisecond, serves all of them: each time, whatever is due by then is done.
 */
export class Deliveries {
  private readonly waiting: Array<{ due: number, deliver(): void }> = []
  private timer?: { readonly due: number, readonly handle: ReturnType<typeof setTimeout> }

  /**
   * `due` as of `performance.now()`. What is due at the same time is done in the
   * order in which it was added.
   */
  add (due: number, deliver: () => void): void {
    if (this.waiting.length === 0 && due <= performance.now()) {
      deliver()
      return
    }

    let at = this.waiting.length

    // the new one is nearly always among the last
    while (at > 0 && this.waiting[at - 1].due > due) {
      at--
    }

    this.waiting.splice(at, 0, { due, deliver })
    this.schedule()
  }

  private schedule (): void {
    const due = this.waiting[0]?.due

    if (due == null || (this.timer != null && this.timer.due <= due)) {
      return
    }

    clearTimeout(this.timer?.handle)
    this.timer = { due, handle: setTimeout(() => { this.deliverDue() }, Math.max(1, due - performance.now())) }
  }

  private deliverDue (): void {
    const now = performance.now()
    const late = this.waiting.findIndex(({ due }) => due > now)

    this.timer = undefined

    for (const { deliver } of this.waiting.splice(0, late === -1 ? this.waiting.length : late)) {
      deliver()
    }

    this.schedule()
  }
}
