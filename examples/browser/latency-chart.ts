/**
 * Round trip times, drawn as SVG in the pixels of the screen.
 */
import { areaOf, curve, pathOf, scaleFor, yOf } from './chart-scale.ts'
import { formatTick } from './figures.ts'
import { WINDOW } from './ping-window.ts'
import { INTERVAL } from './pinger.ts'
import type { Area, Scale } from './chart-scale.ts'
import type { Ping } from './ping-window.ts'

const SVG = 'http://www.w3.org/2000/svg'

/**
 * Room for labels, in pixels
 */
const MARGIN = { top: 10, right: 6, bottom: 22, left: 52 }

/**
 * Pings that are further apart were paused, in ms
 */
const PAUSE = 8 * INTERVAL

export class LatencyChart {
  private readonly svg = element('svg', { role: 'img' })
  private readonly place: HTMLElement
  private pings: readonly Ping[] = []

  constructor (place: HTMLElement) {
    this.place = place
    place.append(this.svg)
    new ResizeObserver(() => { this.draw() }).observe(place)
  }

  show (pings: readonly Ping[]): void {
    this.pings = pings
    this.draw()
  }

  private draw (): void {
    const { clientWidth: width, clientHeight: height } = this.place
    const area = {
      left: MARGIN.left,
      top: MARGIN.top,
      width: Math.max(1, width - MARGIN.left - MARGIN.right),
      height: Math.max(1, height - MARGIN.top - MARGIN.bottom)
    }
    const scale = scaleFor(this.pings.flatMap(({ rtt }) => rtt ?? []))

    this.svg.setAttribute('viewBox', `0 0 ${width} ${height}`)
    this.svg.setAttribute('aria-label', describe(this.pings))
    this.svg.replaceChildren(...axes(area, scale), ...this.series(area, scale))
  }

  private series (area: Area, scale: Scale): SVGElement[] {
    const last = this.pings.at(-1)

    if (last == null) {
      return [text('No pings yet', { class: 'empty', x: `${area.left + area.width / 2}`, y: `${area.top + area.height / 2 + 4}`, 'text-anchor': 'middle' })]
    }

    const { lines, lost } = curve(this.pings, area, scale, { now: last.time, span: WINDOW, pause: PAUSE })
    const end = last.rtt == null ? undefined : lines.at(-1)?.at(-1)
    const bottom = area.top + area.height

    return [
      ...lines.map(points => element('path', { class: 'under', d: areaOf(points, area) })),
      ...lines.map(points => element('path', { class: 'line', d: pathOf(points) })),
      ...lost.map(x => element('path', { class: 'lost', d: `M${x - 3} ${bottom - 9}l6 6m0 -6l-6 6` })),
      ...end == null ? [] : [element('circle', { class: 'end', cx: `${end.x}`, cy: `${end.y}`, r: '3.5' })]
    ]
  }
}

function axes (area: Area, { ticks, max }: Scale): SVGElement[] {
  const right = area.left + area.width
  const bottom = area.top + area.height

  return [
    ...ticks.flatMap(tick => {
      const y = yOf(tick, area, max)

      return [
        element('line', { class: tick === 0 ? 'axis' : 'grid', x1: `${area.left}`, x2: `${right}`, y1: `${y}`, y2: `${y}` }),
        text(formatTick(tick), { x: `${area.left - 8}`, y: `${y + 4}`, 'text-anchor': 'end' })
      ]
    }),
    text(`${WINDOW / 1_000} s ago`, { x: `${area.left}`, y: `${bottom + 17}` }),
    text('now', { x: `${right}`, y: `${bottom + 17}`, 'text-anchor': 'end' })
  ]
}

function describe (pings: readonly Ping[]): string {
  return pings.length === 0
    ? 'Chart of the round trip times, empty until there is a connection'
    : `Chart of the round trip times of the last ${pings.length} pings. The figures above say the same.`
}

function text (content: string, attributes: Record<string, string>): SVGElement {
  const label = element('text', attributes)
  label.textContent = content

  return label
}

function element (name: string, attributes: Record<string, string>): SVGElement {
  const element = document.createElementNS(SVG, name) as SVGElement
  Object.entries(attributes).forEach(([name, value]) => { element.setAttribute(name, value) })

  return element
}
