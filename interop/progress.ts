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
  rare: 'again',
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
  private readonly notable: string[] = []
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

  /**
   * It failed, and is run again before it counts
   */
  repeats (outcome: Outcome): void {
    const lines = explain(outcome)

    this.say([`${' '.repeat(`[${this.total}/${this.total}]`.length)} ${describe(outcome)}`, ...lines].join('\n'))
    this.notable.push([`run again: ${outcome.pair}: ${outcome.scenario}`, ...lines].join('\n'))
  }

  ends (outcome: Outcome): void {
    const { pair, scenario, result } = outcome
    const lines = explain(outcome)

    this.counts[result === 'passed' || result === 'failed' ? result : 'skipped']++
    this.done++
    this.running.delete(`${pair}: ${scenario}`)

    const position = `${this.done}`.padStart(`${this.total}`.length)
    this.say([`[${position}/${this.total}] ${describe(outcome)} (${this.describeCounts()})`, ...lines].join('\n'))

    if (result === 'failed') {
      this.notable.push([`failed: ${pair}: ${scenario}`, ...lines].join('\n'))
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
   * Says once more what failed, also where it did not when it was run again: it
   * is far up in a long run
   */
  repeatFailures (): void {
    for (const text of this.notable) {
      this.say(text)
    }
  }

  private live (): object {
    return {
      counts: this.describeCounts(),
      running: [...this.running].slice(0, 2).join(', ') + (this.running.size > 2 ? ` and ${this.running.size - 2} more` : '')
    }
  }
}

function describe ({ result, pair, scenario, took }: Outcome): string {
  return `${WORDS[result].padEnd(7)} ${pair}: ${scenario}, ${(took / 1000).toFixed(1)} s`
}

function explain ({ result, reason, failures, lastLines }: Outcome): string[] {
  return [
    ...failures.map(({ check, message }) => `    ${check}: ${message}`),
    ...reason == null ? [] : [`    ${reason}`],
    ...result === 'failed' ? lastLines.map(line => `    | ${line}`) : []
  ]
}
