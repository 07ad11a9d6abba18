/**
 * What is printed.
 */
import { judge } from './bounds.ts'
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { figure } from './figures.ts'
import type { Verdict } from './bounds.ts'
import type { Implementation } from './ends/implementations.ts'
import type { FigureName } from './figures.ts'
import type { Measurements } from './measurements.ts'

/**
 * What this package is compared with
 */
export const REFERENCES = ['floor', 'peer', 'tcp'] as const

/**
 * A row for each figure, the first of them being the heads of the columns
 */
export function tableRows (measurements: Measurements, names: FigureName[]): string[][] {
  const implementations = Object.keys(IMPLEMENTATIONS).filter(name => measurements.implementations.includes(name as Implementation)) as Implementation[]
  const references = REFERENCES.filter(name => implementations.includes(name))

  return [
    ['figure', ...implementations.map(name => IMPLEMENTATIONS[name].title), ...references.map(name => `× ${IMPLEMENTATIONS[name].short}`), 'must reach', 'verdict'],
    ...names.map(name => {
      const { title, unit } = figure(name)
      const verdicts = judge(name, measurements)

      return [
        unit === '' ? title : `${title}, ${unit}`,
        ...implementations.map(implementation => describeOutcome(measurements, implementation, name)),
        ...references.map(reference => formatRatio(measurements.ratio(name, 'ours', reference))),
        verdicts.map(({ text }) => text).join(', '),
        verdicts.map(describeVerdict).join(', ')
      ]
    })
  ]
}

export function renderText (rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))

  return rows.map(row => row.map((cell, column) => cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n')
}

function describeVerdict ({ verdict, reached }: Verdict): string {
  return reached == null ? verdict : `${verdict} (${format(reached)})`
}

function describeOutcome (measurements: Measurements, implementation: Implementation, name: FigureName): string {
  const outcome = measurements.outcome(implementation, name)

  if (outcome == null) {
    return ''
  }

  const [value, least, most] = [outcome.value, outcome.least, outcome.most].map(format)

  return least === most ? value : `${value} (${least}–${most})`
}

function formatRatio (ratio: number | undefined): string {
  return ratio == null || !Number.isFinite(ratio) ? '' : ratio.toFixed(2)
}

/**
 * With three digits or a bit more
 */
export function format (value: number): string {
  if (Math.abs(value) >= 100 || Number.isInteger(value)) {
    return Math.round(value).toLocaleString('en')
  }

  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2)
}
