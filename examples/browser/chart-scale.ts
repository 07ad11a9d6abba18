/**
 * Where things are on the latency chart.
 */
import type { Ping } from './ping-window.ts'

export interface Area {
  left: number
  top: number
  width: number
  height: number
}

export interface Scale {
  /**
   * What the upper edge stands for
   */
  max: number

  /**
   * What to label, from 0 to `max`, which are 1, 2 or 5 times a power of ten apart
   */
  ticks: number[]
}

export interface Point {
  x: number
  y: number
}

export interface Curve {
  /**
   * The points between one ping without an answer, or one pause, and the next
   */
  lines: Point[][]

  /**
   * Where on the x axis answers are missing
   */
  lost: number[]
}

/**
 * A scale from 0 that holds all values, in at most so many steps
 */
export function scaleFor (values: number[], count = 4): Scale {
  const highest = Math.max(0, ...values)

  if (highest === 0) {
    return { max: 1, ticks: [0, 1] }
  }

  const power = 10 ** Math.floor(Math.log10(highest / count))
  const step = [1, 2, 5, 10].map(factor => factor * power).find(step => step * count >= highest) ?? 10 * power
  const steps = Math.ceil(highest / step)

  // 3 * 0.1 is not 0.3
  const ticks = Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)))

  return { max: ticks[steps], ticks }
}

export interface Axis {
  /**
   * What the right edge stands for, in ms
   */
  now: number

  /**
   * What the width stands for, in ms
   */
  span: number

  /**
   * How long between two pings is a pause, in ms
   */
  pause: number
}

export function curve (pings: readonly Ping[], area: Area, { max }: Scale, { now, span, pause }: Axis): Curve {
  const lines: Point[][] = []
  const lost: number[] = []
  let line: Point[] | undefined
  let previous = -Infinity

  for (const { time, rtt } of pings) {
    const x = area.left + area.width * (1 - (now - time) / span)

    if (x >= area.left) {
      if (rtt == null) {
        lost.push(x)
        line = undefined
      } else {
        if (line == null || time - previous > pause) {
          line = []
          lines.push(line)
        }

        line.push({ x, y: yOf(rtt, area, max) })
      }
    }

    previous = time
  }

  return { lines, lost }
}

export function yOf (value: number, area: Area, max: number): number {
  return area.top + area.height * (1 - value / max)
}

/**
 * The `d` of an SVG path
 */
export function pathOf (points: Point[]): string {
  return points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('')
}

/**
 * The same, closed along the lower edge
 */
export function areaOf (points: Point[], area: Area): string {
  const [first] = points
  const last = points.at(-1)

  if (last == null) {
    return ''
  }

  const bottom = area.top + area.height

  return `${pathOf(points)}L${round(last.x)} ${round(bottom)}L${round(first.x)} ${round(bottom)}Z`
}

function round (value: number): number {
  return Math.round(10 * value) / 10
}
