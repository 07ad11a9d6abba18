/**
 * A flame graph, as SVG: each function lies on the one that called it, and is as wide as
 * the time that it took with all that it called.
 */
import { escape } from '../chart.ts'
import type { Call, Owner } from './call-tree.ts'

/**
 * In px
 */
const WIDTH = 1_200
const ROW = 17
const MIN_WIDTH = 1
const CHARACTER = 6.6
const HEAD = 28

/**
 * Dark enough for white text
 */
const COLOURS: Record<Owner, string> = {
  native: '#b42318',
  'this package': '#0969da',
  libp2p: '#8250df',
  'other packages': '#6e5494',
  'Node.js': '#1a7f37',
  'garbage collector': '#57606a',
  engine: '#6e7781',
  benchmark: '#9a6700'
}

export function renderFlameGraph (root: Call, title: string): string {
  const scale = WIDTH / root.total
  const parts: string[] = []
  let depth = 0

  function add (call: Call, x: number, row: number): void {
    const width = call.total * scale

    if (width < MIN_WIDTH) {
      return
    }

    depth = Math.max(depth, row + 1)
    parts.push(renderCall(call, { x, row, width, percent: call.total / root.total * 100 }))
    let at = x

    for (const child of [...call.calls].sort((a, b) => b.total - a.total)) {
      add(child, at, row + 1)
      at += child.total * scale
    }
  }

  let at = 0

  for (const call of [...root.calls].sort((a, b) => b.total - a.total)) {
    add(call, at, 0)
    at += call.total * scale
  }

  const height = HEAD * 2 + depth * ROW

  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    '<style>text { font: 11px ui-monospace, monospace; fill: #fff } .head { font: 600 13px system-ui, sans-serif; fill: #1f2328 } @media (prefers-color-scheme: dark) { .head { fill: #e6edf3 } }</style>',
    `<text class="head" x="0" y="17">${escape(title)}</text>`,
    ...Object.entries(COLOURS).map(([owner, colour], i) => `<rect x="${i * 150}" y="${HEAD - 4}" width="144" height="${ROW}" fill="${colour}"/><text x="${i * 150 + 5}" y="${HEAD + 9}">${owner}</text>`),
    ...parts,
    '</svg>',
    ''
  ].join('\n')
}

interface Place {
  x: number
  row: number
  width: number
  percent: number
}

function renderCall ({ name, owner, file }: Call, { x, row, width, percent }: Place): string {
  const y = HEAD * 2 + row * ROW
  const room = Math.floor((width - 6) / CHARACTER)
  const label = shorten(name, room)

  return [
    `<g><title>${escape(`${name} ${file}, ${percent.toFixed(1)} %`)}</title>`,
    `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="${COLOURS[owner]}"/>`,
    label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escape(label)}</text>`,
    '</g>'
  ].join('')
}

function shorten (name: string, room: number): string {
  if (room < 3) {
    return ''
  }

  return name.length <= room ? name : `${name.slice(0, room - 1)}…`
}
