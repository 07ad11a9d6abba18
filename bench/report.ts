/**
 * All of a run as data, for others to draw and to compare.
 */
import { availableParallelism, cpus, release, type } from 'node:os'
import { judge } from './bounds.ts'
import { figure } from './figures.ts'
import { REFERENCES } from './table.ts'
import type { Verdict } from './bounds.ts'
import type { Implementation } from './ends/implementations.ts'
import type { FigureName } from './figures.ts'
import type { Failure, Measurements, Outcome } from './measurements.ts'

export interface Report {
  date: string
  node: string
  system: string
  processor: string
  cores: number
  figures: Record<string, FigureReport>
  failures: Failure[]
}

interface FigureReport {
  title: string
  unit: string
  better: 'more' | 'less'
  implementations: Partial<Record<Implementation, Outcome & {
    /**
     * The values of each round
     */
    rounds: number[][]
  }>>

  /**
   * What the figure of this package is, as a multiple of another one's
   */
  ratios: Partial<Record<Implementation, number>>
  mustBe: Verdict[]
}

export function report (measurements: Measurements, names: FigureName[], now: Date): Report {
  return {
    date: now.toISOString(),
    node: process.version,
    system: `${type()} ${release()} ${process.arch}`,
    processor: cpus()[0].model.trim(),
    cores: availableParallelism(),
    figures: Object.fromEntries(names.map(name => [name, reportFigure(measurements, name)])),
    failures: measurements.failures
  }
}

function reportFigure (measurements: Measurements, name: FigureName): FigureReport {
  const { title, unit, better } = figure(name)

  return {
    title,
    unit,
    better,
    implementations: Object.fromEntries(measurements.implementations.flatMap(implementation => {
      const outcome = measurements.outcome(implementation, name)
      const rounds = [...measurements.values(implementation, name).values()]

      return outcome == null ? [] : [[implementation, { ...outcome, rounds }]]
    })),
    ratios: Object.fromEntries(REFERENCES.map(reference => [reference, measurements.ratio(name, 'ours', reference)])),
    mustBe: judge(name, measurements)
  }
}
