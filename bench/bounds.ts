/**
 * Has this package reached what it must?
 */
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { figure } from './figures.ts'
import type { Bound, FigureName } from './figures.ts'
import type { Measurements } from './measurements.ts'

export interface Verdict {
  /**
   * What it must reach
   */
  text: string

  /**
   * What it has reached, which may not be known
   */
  reached?: number
  verdict: 'passed' | 'missed' | 'not measured'
}

export function judge (name: FigureName, measurements: Measurements): Verdict[] {
  return figure(name).mustBe.map(bound => judgeBound(name, bound, measurements))
}

function judgeBound (name: FigureName, bound: Bound, measurements: Measurements): Verdict {
  const { better } = figure(name)
  const text = describeBound(name, bound)
  const reached = reachedOf(name, bound, measurements)

  if (reached == null || Number.isNaN(reached)) {
    return { text, verdict: 'not measured' }
  }

  const isReached = better === 'more' ? reached >= bound.limit : reached <= bound.limit

  return { text, reached, verdict: isReached ? 'passed' : 'missed' }
}

function reachedOf (name: FigureName, { times }: Bound, measurements: Measurements): number | undefined {
  if (times == null) {
    return measurements.outcome('ours', name)?.value
  }

  if ('implementation' in times) {
    return measurements.ratio(name, 'ours', times.implementation)
  }

  const [own, other] = [name, times.figure].map(name => measurements.outcome('ours', name)?.value)

  return own == null || other == null ? undefined : own / other
}

function describeBound (name: FigureName, { limit, times }: Bound): string {
  const { better, unit } = figure(name)
  const sign = better === 'more' ? '≥' : '≤'

  if (times == null) {
    return limit === 0 ? 'none' : `${sign} ${limit} ${unit}`
  }

  return `${sign} ${limit} × ${'implementation' in times ? IMPLEMENTATIONS[times.implementation].short : figure(times.figure).title}`
}
