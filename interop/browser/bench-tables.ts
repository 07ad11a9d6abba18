/**
 * What the benchmark prints.
 */
import type { DialerVersion } from './implementations.ts'
import type { FieldTrial } from '../../test/browser/field-trials.ts'

/**
 * By what was measured, with its unit
 */
export type Figures = Record<string, number>

export interface Measured {
  name: string
  version: string
  rounds: Figures[]
}

/**
 * Two dials of a page, in ms, unless they failed
 */
export interface Dials {
  trial?: FieldTrial
  dialerVersion: DialerVersion
  outcome: string
  first?: number
  second?: number
}

export function median (values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}

/**
 * The ratio is that of the medians: above 1 is better, for times too
 */
export function renderFigures (ours: Measured, theirs: Measured): string {
  return table([
    ['', `${ours.name} ${ours.version}`, `${theirs.name} ${theirs.version}`, 'ratio'],
    ...Object.keys(ours.rounds[0]).map(what => {
      const [a, b] = [ours, theirs].map(({ rounds }) => rounds.map(figures => figures[what]))
      const ratio = median(a) / median(b)

      return [what, describe(a), describe(b), (what.endsWith(', ms') ? 1 / ratio : ratio).toFixed(2)]
    })
  ])
}

export function renderDials (dials: Dials[]): string {
  return table([
    ['field trial', 'dialerVersion', 'outcome', 'first dial, ms', 'second dial, ms'],
    ...dials.map(({ trial, dialerVersion, outcome, first, second }) => [trial ?? 'none', `${dialerVersion}`, outcome, `${first ?? ''}`, `${second ?? ''}`])
  ])
}

function describe (values: number[]): string {
  return `${format(median(values))} (${format(Math.min(...values))} to ${format(Math.max(...values))})`
}

function format (value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0)
}

function table (rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)))

  return rows.map(row => row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])).join('  ')).join('\n')
}
