/**
 * Says what happens while it happens: a line for each scenario that is done,
 * and on a terminal a live line below them.
 */
import { MultiBar } from 'cli-progress'
import type { Outcome } from './outcome.ts'
import type { SingleBar } from 'cli-progress'

const WORDS: Record<Outcome['result'], string> = {
  passed: 'passed',
  failed: 'FAILED',
  theirs: 'theirs',
  cannot: 'cannot',
  skipped: 'skipped'
}

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

export class Progress {
  readonly counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  private total = 0
  private done = 0
  private readonly running = new Set<string>()
  private readonly failed: string[] = []
  private readonly bars?: MultiBar
  private bar?: SingleBar

  constructor (output: NodeJS.WriteStream) {
    if (output.isTTY) {
      this.bars = new MultiBar({
        stream: output,
        format: '{bar} {value}/{total} | {counts} | {running}',
        barsize: 20,
        clearOnComplete: true,
        hideCursor: true,
        linewrap: false
      })
    }
  }

  /**
   * How many scenarios there are, of all pairs
   */
  start (total: number): void {
    this.total = total
    this.bar = this.bars?.create(total, 0, this.live())
  }

  say (line: string): void {
    if (this.bars?.isActive === true) {
      this.bars.log(`${line}\n`)
      this.bars.update()
    } else {
      process.stdout.write(`${line}\n`)
    }
  }

  skips (pair: string, reason: string): void {
    this.counts.skipped++
    this.say(`skipped ${pair}: ${reason}`)
  }

  begins (pair: string, scenario: string): void {
    this.running.add(`${pair}: ${scenario}`)
    this.bar?.update(this.done, this.live())
  }

  ends (outcome: Outcome): void {
    const { pair, scenario, result, reason, failures, lastLines, took } = outcome
    const lines = failures.map(({ check, message }) => `    ${check}: ${message}`)

    if (reason != null) {
      lines.push(`    ${reason}`)
    }

    if (result === 'failed') {
      lines.push(...lastLines.map(line => `    | ${line}`))
    }

    this.counts[result === 'passed' || result === 'failed' ? result : 'skipped']++
    this.done++
    this.running.delete(`${pair}: ${scenario}`)

    const position = `${this.done}`.padStart(`${this.total}`.length)
    this.say([`[${position}/${this.total}] ${WORDS[result].padEnd(7)} ${pair}: ${scenario}, ${(took / 1000).toFixed(1)} s (${this.describeCounts()})`, ...lines].join('\n'))

    if (result === 'failed') {
      this.failed.push([`failed: ${pair}: ${scenario}`, ...lines].join('\n'))
    }

    this.bar?.update(this.done, this.live())
  }

  describeCounts (): string {
    const { passed, failed, skipped } = this.counts

    return `${passed} passed, ${failed} failed, ${skipped} skipped`
  }

  close (): void {
    this.bars?.stop()
  }

  /**
   * Says once more what failed: it is far up in a long run
   */
  repeatFailures (): void {
    for (const failure of this.failed) {
      this.say(failure)
    }
  }

  private live (): object {
    return {
      counts: this.describeCounts(),
      running: [...this.running].slice(0, 2).join(', ') + (this.running.size > 2 ? ` and ${this.running.size - 2} more` : '')
    }
  }
}
