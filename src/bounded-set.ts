/**
 * A set that forgets what was added first when it would grow too large. Adding
 * what it has already does not make it younger.
 */
export class BoundedSet<T> {
  private readonly values = new Set<T>()
  private readonly maxSize: number

  constructor (maxSize: number) {
    this.maxSize = maxSize
  }

  add (value: T): void {
    const [oldest] = this.values.add(value)

    if (this.values.size > this.maxSize) {
      this.values.delete(oldest)
    }
  }

  delete (value: T): void {
    this.values.delete(value)
  }

  has (value: T): boolean {
    return this.values.has(value)
  }
}
