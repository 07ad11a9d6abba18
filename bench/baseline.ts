/**
 * Has this package become slower beside the others? Ratios are kept, as figures
 * are those of a machine.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { FIGURE_NAMES, figure } from './figures.ts'
import type { FigureName } from './figures.ts'
import type { Measurements } from './measurements.ts'

const FILE = fileURLToPath(new URL('../../bench/baseline.json', import.meta.url))

/**
 * What a ratio may fall to, of what it was
 */
const LEAST = 0.75

export type Reference = 'floor' | 'peer' | 'tcp'

/**
 * Ratios that say the same each time that they are measured, also on a machine
 * that is busy. A rate of this package suffers from that as one of the peer does,
 * which has the same threads; for one of the floor there is its processor time.
 * How often something is lost and waited for does not say the same, nor how long
 * a new process takes to load what it needs.
 */
export const STEADY: Partial<Record<FigureName, Reference[]>> = {
  streams: ['peer'],
  answer100: ['floor', 'peer'],
  dial: ['floor', 'peer'],
  dial30: ['floor', 'peer'],
  up: ['peer'],
  down: ['peer'],
  cpuSender: ['floor', 'peer'],
  cpuReceiver: ['floor', 'peer'],

  // the floor takes a few ticks of the clock for so many
  cpuStreamsDialer: ['peer'],
  cpuStreamsListener: ['peer']
}

/**
 * How many times as good as a reference this package is: above 1 is better, for
 * times too
 */
export type Baseline = Partial<Record<FigureName, Partial<Record<Reference, number>>>>

export interface Comparison {
  figure: FigureName
  reference: Reference
  before: number

  /**
   * Nothing where it was not measured
   */
  now?: number
  hasFallen: boolean
}

export function baselineOf (measurements: Measurements, names: FigureName[]): Baseline {
  return Object.fromEntries(names.flatMap(name => {
    const ratios = (STEADY[name] ?? []).flatMap(reference => {
      const ratio = goodness(measurements, name, reference)

      return ratio == null ? [] : [[reference, Number(ratio.toPrecision(3))]]
    })

    return ratios.length === 0 ? [] : [[name, Object.fromEntries(ratios)]]
  }))
}

export function compare (measurements: Measurements, names: FigureName[], baseline: Baseline): Comparison[] {
  return names.flatMap(name => Object.entries(baseline[name] ?? {}).map(([key, before]) => {
    const reference = key as Reference
    const now = goodness(measurements, name, reference)

    return { figure: name, reference, before, now, hasFallen: now == null || now < before * LEAST }
  }))
}

export function renderComparison ({ figure: name, reference, before, now, hasFallen }: Comparison): string {
  const text = now == null ? 'not measured' : `${now.toFixed(2)} times as good, before ${before.toFixed(2)} times`

  return `${hasFallen ? 'FAILED' : 'passed'} ${figure(name).title}, beside ${reference}: ${text}`
}

export function readBaseline (): Baseline {
  return JSON.parse(readFileSync(FILE, 'utf8'))
}

export function writeBaseline (baseline: Baseline): void {
  const known = FIGURE_NAMES.filter(name => baseline[name] != null)

  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(known.map(name => [name, baseline[name]])), undefined, 2)}\n`)
}

function goodness (measurements: Measurements, name: FigureName, reference: Reference): number | undefined {
  const ratio = measurements.ratio(name, 'ours', reference)

  if (ratio == null || !Number.isFinite(ratio)) {
    return undefined
  }

  return figure(name).better === 'more' ? ratio : 1 / ratio
}
