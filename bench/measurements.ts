/**
 * All values that were measured, and what they say of an implementation beside
 * another.
 */
import { figure } from './figures.ts'
import { median } from './statistics.ts'
import type { Implementation } from './ends/implementations.ts'
import type { FigureName } from './figures.ts'

export type Values = Partial<Record<FigureName, number[]>>

/**
 * What went wrong, which leaves figures without values
 */
export interface Failure {
  round: number
  implementation: Implementation
  task: string
  message: string
}

/**
 * How a figure came out for one implementation
 */
export interface Outcome {
  value: number

  /**
   * Of the rounds
   */
  least: number
  most: number
}

export class Measurements {
  readonly failures: Failure[] = []
  private readonly rounds = new Map<Implementation, Map<number, Values>>()

  add (implementation: Implementation, round: number, values: Values): void {
    const rounds = this.rounds.get(implementation) ?? new Map<number, Values>()
    this.rounds.set(implementation, rounds.set(round, { ...rounds.get(round), ...values }))
  }

  /**
   * Those that were measured
   */
  get implementations (): Implementation[] {
    return [...this.rounds.keys()]
  }

  /**
   * The values of each round that has some
   */
  values (implementation: Implementation, name: FigureName): Map<number, number[]> {
    const rounds = [...this.rounds.get(implementation) ?? []]

    return new Map(rounds.flatMap(([round, { [name]: values }]) => values == null || values.length === 0 ? [] : [[round, values]]))
  }

  /**
   * Nothing where it was not measured
   */
  outcome (implementation: Implementation, name: FigureName): Outcome | undefined {
    const { summary } = figure(name)
    const rounds = [...this.values(implementation, name).values()]

    if (rounds.length > 0) {
      const each = rounds.map(summary)

      return { value: summary(rounds.flat()), least: Math.min(...each), most: Math.max(...each) }
    }
  }

  /**
   * How many times the figure of one is that of the other, as the rounds say in
   * which both were measured: the machine is not the same all the time, but much
   * the same within a round. Nothing where there is no such round.
   */
  ratio (name: FigureName, implementation: Implementation, other: Implementation): number | undefined {
    const { summary, isOfAllRounds } = figure(name)
    const [own, its] = [this.values(implementation, name), this.values(other, name)]
    const both = [...own.keys()].filter(round => its.has(round))
    const of = (values: Map<number, number[]>, rounds: number[]): number => summary(rounds.flatMap(round => values.get(round) ?? []))
    const groups = isOfAllRounds === true ? [both] : both.map(round => [round])

    return both.length === 0 ? undefined : median(groups.map(rounds => of(own, rounds) / of(its, rounds)))
  }
}
