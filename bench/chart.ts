/**
 * Charts of the figures, as SVG that can be read on a light and a dark page.
 */
import { IMPLEMENTATIONS } from './ends/implementations.ts'
import { figure } from './figures.ts'
import { format } from './table.ts'
import type { Implementation } from './ends/implementations.ts'
import type { FigureName } from './figures.ts'
import type { Measurements, Outcome } from './measurements.ts'

/**
 * In px
 */
const WIDTH = 760
const LABELS = 190
const BAR = 16
const GAP = 6
const HEAD = 30
const NUMBERS = 150

/**
 * A figure of an implementation
 */
interface Bar extends Outcome {
  implementation: Implementation
}

export interface Chart {
  /**
   * The name of the file, without its end
   */
  name: string
  figures: FigureName[]
}

export const CHARTS: Chart[] = [
  { name: 'streams', figures: ['streams', 'streams32', 'answer100'] },
  { name: 'transfers', figures: ['up', 'down', 'echo100'] },
  { name: 'dials', figures: ['firstDial', 'dial', 'dial30', 'dial100'] },
  { name: 'costs', figures: ['cpuSender', 'memoryListener', 'memoryStream', 'idleAll'] }
]

/**
 * One group of bars for each figure that was measured, with a line from the
 * least to the most of the rounds
 */
export function renderChart ({ figures }: Chart, measurements: Measurements): string {
  const groups = figures.map(name => ({ name, bars: barsOf(name, measurements) })).filter(({ bars }) => bars.length > 0)
  const parts: string[] = []
  let y = 0

  for (const { name, bars } of groups) {
    const { title, unit, better } = figure(name)
    const scale = (WIDTH - LABELS - NUMBERS) / Math.max(...bars.map(({ most }) => most))

    parts.push(`<text class="head" x="0" y="${y + HEAD - 11}">${escape(title)}, ${escape(unit)} (${better} is better)</text>`)
    y += HEAD

    for (const bar of bars) {
      parts.push(...renderBar(bar, y, scale))
      y += BAR + GAP
    }
  }

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" role="img">`,
    STYLE,
    ...parts,
    '</svg>',
    ''
  ].join('\n')
}

function barsOf (name: FigureName, measurements: Measurements): Bar[] {
  return (Object.keys(IMPLEMENTATIONS) as Implementation[]).flatMap(implementation => {
    const outcome = measurements.outcome(implementation, name)

    return outcome == null ? [] : [{ implementation, ...outcome }]
  })
}

function renderBar ({ implementation, value, least, most }: Bar, y: number, scale: number): string[] {
  const [length, from, to] = [value, least, most].map(number => Math.round(Math.max(0, number) * scale * 10) / 10)
  const middle = y + BAR / 2

  return [
    `<text x="${LABELS - 8}" y="${middle + 4}" text-anchor="end">${escape(IMPLEMENTATIONS[implementation].title)}</text>`,
    `<rect class="${implementation === 'ours' ? 'ours' : 'other'}" x="${LABELS}" y="${y}" width="${length}" height="${BAR}" rx="2"/>`,
    ...least === most ? [] : [`<path class="spread" d="M${LABELS + from} ${middle}H${LABELS + to}"/>`],
    `<text x="${LABELS + Math.max(length, to) + 8}" y="${middle + 4}">${format(value)}</text>`
  ]
}

// an image of a page follows the colours of the system, not those of the page
const STYLE = `<style>
text { font: 12px system-ui, sans-serif; fill: #57606a }
.head { font-weight: 600; fill: #1f2328 }
.ours { fill: #0969da }
.other { fill: #8c959f }
.spread { stroke: #1f2328; stroke-width: 1.5; opacity: .6 }
@media (prefers-color-scheme: dark) {
  text { fill: #9da7b1 }
  .head { fill: #e6edf3 }
  .ours { fill: #4493f8 }
  .other { fill: #6e7681 }
  .spread { stroke: #e6edf3 }
}
</style>`

/**
 * As text in SVG
 */
export function escape (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
