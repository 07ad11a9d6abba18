import { raceSignal } from 'race-signal'

/**
 * The end of what is written to a stream, as those see it who have called
 * `close()`: it settles once.
 */
export class WriteEnd {
  private settled?: PromiseWithResolvers<void>

  /**
   * Whether `close()` was called
   */
  get isRequested (): boolean {
    return this.settled != null
  }

  request (): void {
    this.settled = Promise.withResolvers()

    // a caller that does not await must not end the process
    this.settled.promise.catch(() => {})
  }

  /**
   * The remote has everything, or does not want it
   */
  reached (): void {
    this.settled?.resolve()
  }

  missed (err: Error): void {
    this.settled?.reject(err)
  }

  /**
   * @param signal - ends the waiting early
   * @param onAbort - called where it did
   */
  async wait (signal: AbortSignal | undefined, onAbort: (err: Error) => void): Promise<void> {
    if (signal == null) {
      return this.settled?.promise
    }

    try {
      await raceSignal(this.settled?.promise ?? Promise.resolve(), signal)
    } catch (err: any) {
      if (signal.aborted) {
        onAbort(err)
      }

      throw err
    }
  }
}
