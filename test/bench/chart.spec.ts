import { expect } from 'aegir/chai'
import { CHARTS, renderChart } from '../../bench/chart.ts'
import { FIGURE_NAMES } from '../../bench/figures.ts'
import { Measurements } from '../../bench/measurements.ts'

/**
 * How long bars are
 */
function widths (svg: string): number[] {
  return Array.from(svg.matchAll(/<rect [^>]*width="([\d.]+)"/g), ([, width]) => Number(width))
}

describe('the charts of the benchmark', () => {
  it('have bars as long as the figures are high', () => {
    const measurements = new Measurements()
    measurements.add('floor', 1, { up: [100] })
    measurements.add('ours', 1, { up: [50] })
    const [floor, ours] = widths(renderChart({ name: 'test', figures: ['up'] }, measurements))

    expect(ours).to.be.closeTo(floor / 2, 0.1)
  })

  it('have a line from the least to the most of the rounds', () => {
    const measurements = new Measurements()
    measurements.add('ours', 1, { up: [50] })
    expect(renderChart({ name: 'test', figures: ['up'] }, measurements)).to.not.include('<path')

    measurements.add('ours', 2, { up: [100] })
    expect(renderChart({ name: 'test', figures: ['up'] }, measurements)).to.include('<path')
  })

  it('leave out what was not measured', () => {
    const measurements = new Measurements()
    measurements.add('ours', 1, { up: [50] })

    expect(widths(renderChart({ name: 'test', figures: ['up', 'down'] }, measurements))).to.have.length(1)
  })

  it('can be read on light and dark pages', () => {
    expect(renderChart(CHARTS[0], new Measurements())).to.include('prefers-color-scheme: dark')
  })

  it('show figures that there are', () => {
    expect(FIGURE_NAMES).to.include.members(CHARTS.flatMap(({ figures }) => figures))
  })
})
