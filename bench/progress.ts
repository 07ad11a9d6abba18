/**
 * Says what is done, and how long the rest will take: on a terminal in one line
 * that changes.
 */
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { TimeLeft } from './time-left.ts'
import type { Step } from './schedule.ts'

export class Progress {
  private readonly output: NodeJS.WriteStream
  private readonly total: number
  private readonly timeLeft: TimeLeft
  private done = 0
  private since = performance.now()
  private line = ''

  constructor (output: NodeJS.WriteStream, steps: Step[]) {
    this.output = output
    this.total = steps.length
    this.timeLeft = new TimeLeft(steps)
  }

  begins ({ round, task, implementation }: Step): void {
    const position = `${this.done + 1}`.padStart(`${this.total}`.length)
    const line = `[${position}/${this.total}] round ${round}: ${task.name}, ${describeLeft(this.timeLeft.ms)} left`

    this.since = performance.now()

    if (this.output.isTTY) {
      this.output.write(`\r\u001b[K${line}: ${IMPLEMENTATIONS[implementation].title}`)
    } else if (`${round} ${task.name}` !== this.line) {
      // one line for all implementations
      this.line = `${round} ${task.name}`
      this.output.write(`${line}\n`)
    }
  }

  ends (): void {
    this.done++
    this.timeLeft.next(performance.now() - this.since)
  }

  close (): void {
    this.output.write(this.output.isTTY ? '\r\u001b[K' : '')
  }
}

function describeLeft (ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1e3)} s` : `${Math.ceil(ms / 60_000)} min`
}
