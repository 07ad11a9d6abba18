/**
 * How long what is left to do will take, from how long the same took before.
 */
import type { Step } from './schedule.ts'

export class TimeLeft {
  private readonly steps: Step[]
  private readonly took = new Map<string, number[]>()
  private done = 0

  constructor (steps: Step[]) {
    this.steps = steps
  }

  /**
   * The next one is done
   *
   * @param ms - how long it took
   */
  next (ms: number): void {
    const key = keyOf(this.steps[this.done++])

    this.took.set(key, [...this.took.get(key) ?? [], ms])
  }

  /**
   * In ms
   */
  get ms (): number {
    return this.steps.slice(this.done).reduce((sum, step) => {
      const known = this.took.get(keyOf(step))

      return sum + (known == null ? step.task.seconds * 1e3 : known.reduce((a, b) => a + b, 0) / known.length)
    }, 0)
  }
}

function keyOf ({ task, implementation }: Step): string {
  return `${task.name} ${implementation}`
}
