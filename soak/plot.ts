/**
 * Samples as a picture (SVG) and as a line of a terminal.
 */
import type { Sample } from './samples.ts'

interface Curve {
  name: string
  color: string
  value (sample: Sample): number
}

const CURVES: Curve[] = [
  { name: 'RSS, MB', color: '#1f5fa8', value: ({ rss }) => rss / 1e6 },
  { name: 'heap, MB', color: '#b3401f', value: ({ heap }) => heap / 1e6 },
  { name: 'connections', color: '#2d7d46', value: ({ connections }) => connections },
  { name: 'streams', color: '#7a4fa3', value: ({ streams }) => streams },
  { name: 'handles', color: '#555555', value: ({ handles }) => handles },
  { name: 'descriptors', color: '#8a6d00', value: ({ descriptors }) => descriptors },
  { name: 'threads', color: '#00707a', value: ({ threads }) => threads }
]

const WIDTH = 900
const HEIGHT = 90
const MARGIN = 150
const BARS = '▁▂▃▄▅▆▇█'

/**
 * How many columns of a terminal a curve has
 */
const COLUMNS = 60

/**
 * One curve below the other, each with a scale of its own that begins at 0
 */
export function renderSvg (samples: Sample[], title: string): string {
  const end = Math.max(1, samples.at(-1)?.time ?? 1)
  const charts = CURVES.map(({ name, color, value }, i) => {
    const values = samples.map(value)
    const most = Math.max(1, ...values)
    const bottom = 40 + (i + 1) * (HEIGHT + 20)
    const points = samples.map(({ time }, j) => `${(MARGIN + time / end * WIDTH).toFixed(1)},${(bottom - values[j] / most * HEIGHT).toFixed(1)}`)

    return [
      `<line x1="${MARGIN}" y1="${bottom}" x2="${MARGIN + WIDTH}" y2="${bottom}" stroke="#bbb"/>`,
      `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="1.5"/>`,
      `<text x="8" y="${bottom - HEIGHT + 12}">${name}</text>`,
      `<text x="8" y="${bottom - HEIGHT + 28}" fill="#666">at most ${most.toFixed(0)}</text>`
    ].join('\n')
  })
  const height = 70 + CURVES.length * (HEIGHT + 20)

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${MARGIN + WIDTH + 20}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    `<text x="8" y="20" font-size="14">${title}</text>`,
    ...charts,
    `<text x="${MARGIN}" y="${height - 8}" fill="#666">0 to ${(end / 60_000).toFixed(1)} minutes</text>`,
    '</svg>',
    ''
  ].join('\n')
}

export function renderLines (samples: Sample[]): string {
  return CURVES.map(({ name, value }) => {
    const values = samples.map(value)
    const most = Math.max(1, ...values)
    const columns = Array.from({ length: Math.min(COLUMNS, values.length) }, (_, i) => values[Math.floor(i * values.length / Math.min(COLUMNS, values.length))])

    return `${name.padEnd(12)} ${columns.map(value => BARS[Math.min(BARS.length - 1, Math.floor(value / most * BARS.length))]).join('')} ${values.at(0)?.toFixed(0)} → ${values.at(-1)?.toFixed(0)}, at most ${most.toFixed(0)}`
  }).join('\n')
}
