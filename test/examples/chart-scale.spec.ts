import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { areaOf, curve, pathOf, scaleFor, yOf } from '../../examples/browser/chart-scale.ts'

const AREA = { left: 50, top: 10, width: 300, height: 100 }
const SCALE = { max: 10, ticks: [0, 5, 10] }
const AXIS = { now: 30_000, span: 30_000, pause: 2_000 }

describe('the scale of the chart', () => {
  for (const [highest, ticks] of [
    [0.31, [0, 0.1, 0.2, 0.3, 0.4]],
    [1, [0, 0.5, 1]],
    [2.52, [0, 1, 2, 3]],
    [7, [0, 2, 4, 6, 8]],
    [486, [0, 200, 400, 600]],
    [5_000, [0, 2_000, 4_000, 6_000]]
  ] as const) {
    it(`has the labels ${ticks.join(', ')} for up to ${highest}`, () => {
      expect(scaleFor([0.1, highest])).to.deep.equal({ max: ticks.at(-1), ticks })
    })
  }

  it('is there without values', () => {
    expect(scaleFor([])).to.deep.equal({ max: 1, ticks: [0, 1] })
    expect(scaleFor([0])).to.deep.equal({ max: 1, ticks: [0, 1] })
  })

  it('holds all values, with few labels, at even distances', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const { max, ticks } = scaleFor(values)
      const highest = Math.max(...values)

      expect(max).to.be.at.least(highest * (1 - 1e-9))
      expect(max).to.be.at.most(highest * 2 + 1e-9)
      expect(ticks).to.have.lengthOf.within(2, 5)
      expect(ticks[0]).to.equal(0)
      ticks.forEach((tick, i) => { expect(tick).to.be.closeTo(i * max / (ticks.length - 1), max * 1e-9) })
    }))
  })
})

describe('the curve of the chart', () => {
  it('has the last ping at the right edge and low values at the bottom', () => {
    expect(curve([{ time: 15_000, rtt: 0 }, { time: 16_000, rtt: 5 }, { time: 30_000, rtt: 10 }], AREA, SCALE, { ...AXIS, pause: 20_000 })).to.deep.equal({
      lines: [[{ x: 200, y: 110 }, { x: 210, y: 60 }, { x: 350, y: 10 }]],
      lost: []
    })
    expect(yOf(10, AREA, 10)).to.equal(10)
  })

  it('is broken where a ping was lost, and marks the place', () => {
    const { lines, lost } = curve([{ time: 27_000, rtt: 1 }, { time: 28_000 }, { time: 29_000, rtt: 1 }, { time: 30_000, rtt: 2 }], AREA, SCALE, AXIS)

    expect(lines.map(({ length }) => length)).to.deep.equal([1, 2])
    expect(lost).to.deep.equal([330])
  })

  it('is broken where pings were paused', () => {
    const { lines } = curve([{ time: 10_000, rtt: 1 }, { time: 12_000, rtt: 1 }, { time: 14_001, rtt: 1 }], AREA, SCALE, AXIS)

    expect(lines.map(({ length }) => length)).to.deep.equal([2, 1])
  })

  it('has nothing that is too long ago', () => {
    expect(curve([{ time: -1, rtt: 1 }, { time: -2 }, { time: 0, rtt: 1 }], AREA, SCALE, AXIS)).to.deep.equal({
      lines: [[{ x: 50, y: 100 }]],
      lost: []
    })
  })

  it('is a path in tenths of a pixel', () => {
    const points = [{ x: 1, y: 2.345 }, { x: 3.21, y: 4 }]

    expect(pathOf(points)).to.equal('M1 2.3L3.2 4')
    expect(areaOf(points, AREA)).to.equal('M1 2.3L3.2 4L3.2 110L1 110Z')
    expect(pathOf([])).to.equal('')
    expect(areaOf([], AREA)).to.equal('')
  })
})
