import { expect } from 'aegir/chai'
import { judge } from '../../soak/must-be.ts'
import { renderLines, renderSvg } from '../../soak/plot.ts'
import { slope } from '../../soak/samples.ts'
import type { Ended } from '../../soak/must-be.ts'
import type { Sample } from '../../soak/samples.ts'

const SAMPLE: Sample = { time: 0, rss: 100e6, heap: 20e6, handles: 4, descriptors: 26, threads: 17, connections: 0, streams: 0 }

/**
 * One every five seconds for an hour
 */
function samples (at: (hours: number) => Partial<Sample>): Sample[] {
  return Array.from({ length: 721 }, (_, i) => ({ ...SAMPLE, time: i * 5_000, ...at(i / 720) }))
}

const GOOD: Ended = {
  course: { good: { connections: 100, failures: {} }, bad: { connections: 5, failures: { Error: 5 } }, killed: 3, floods: 1, standing: 20 },
  samples: samples(() => ({})),
  before: SAMPLE,
  after: SAMPLE,
  end: 'The process ended with 0'
}

function reasons (ended: Ended): string[] {
  return judge(ended).flatMap(({ reason }) => reason ?? [])
}

describe('the slope of memory', () => {
  it('is that of the last half', () => {
    const course = samples(hours => ({ heap: hours < 0.5 ? hours * 100e6 : 50e6 + hours * 2e6 }))

    expect(slope(course, 'heap')).to.be.closeTo(2e6, 1)
  })

  it('does not come from what goes up and down', () => {
    expect(slope(samples(hours => ({ heap: 20e6 + Math.round(hours * 720) % 2 * 5e6 })), 'heap')).to.be.within(-0.1e6, 0.1e6)
  })
})

describe('a soak', () => {
  it('passes where all comes back, whatever fails over a bad path', () => {
    expect(reasons(GOOD)).to.deep.equal([])
  })

  const broken: Array<[string, Partial<Ended>]> = [
    ['the heap rises', { samples: samples(hours => ({ heap: hours * 10e6 })) }],
    ['the memory of the process rises', { samples: samples(hours => ({ rss: hours * 40e6 })) }],
    ['exchanges over a good path fail', { course: { ...GOOD.course, good: { connections: 98, failures: { Error: 2 } } } }],
    ['there were none', { course: { ...GOOD.course, good: { connections: 0, failures: {} } } }],
    ['who was connected all the time is not', { course: { ...GOOD.course, standing: 19 } }],
    ['a stream is left', { after: { ...SAMPLE, streams: 1 } }],
    ['the heap is larger afterwards', { after: { ...SAMPLE, heap: 29e6 } }],
    ['the process lives on', { end: undefined }]
  ]

  for (const [name, change] of broken) {
    it(`fails where ${name}`, () => {
      expect(reasons({ ...GOOD, ...change })).to.have.lengthOf(1)
    })
  }

  it('is drawn with a point for each sample', () => {
    const svg = renderSvg(GOOD.samples.slice(0, 10), 'title')

    expect([...svg.matchAll(/<polyline points="([^"]*)"/g)].map(([, points]) => points.split(' ').length)).to.deep.equal(Array(7).fill(10))
    expect(renderLines(GOOD.samples)).to.include('RSS, MB').and.include('100 → 100, at most 100')
  })
})
