/**
 * The promises that were handed out
 */
export class Track {
  private readonly waiting = new Set<string>()
  readonly failures: Array<[name: string, err: Error]> = []
  private count = 0

  /**
   * Resolves with its result, or with nothing where it has failed
   */
  async add <T> (name: string, promise: Promise<T>): Promise<T | undefined> {
    const key = `${name} (${++this.count})`
    this.waiting.add(key)

    try {
      return await promise
    } catch (err: any) {
      this.failures.push([name, err])
    } finally {
      this.waiting.delete(key)
    }
  }

  /**
   * Those that have not settled
   */
  get pending (): string[] {
    return [...this.waiting]
  }
}
