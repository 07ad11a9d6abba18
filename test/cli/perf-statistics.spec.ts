import { expect } from 'aegir/chai'
import { formatPerfRun, formatPerfStatistics, perfStatistics } from '../../src/cli/perf-statistics.ts'

describe('the statistics of perf', () => {
  const sizes = { upload: 10_000_000, download: 20_000_000 }

  it('average over all the bytes in all the time', () => {
    const statistics = perfStatistics([
      { uploadMs: 1000, downloadMs: 4000 },
      { uploadMs: 4000, downloadMs: 1000 }
    ], sizes, 10_000.4)

    expect(statistics).to.deep.equal({
      runs: 2,
      elapsed: 10_000.4,
      upload: { min: 2_500_000, avg: 4_000_000, max: 10_000_000 },
      download: { min: 5_000_000, avg: 8_000_000, max: 20_000_000 }
    })
    expect(formatPerfStatistics('12D3', statistics)).to.equal([
      '--- 12D3 perf statistics ---',
      '2 runs, time 10000 ms',
      'up min/avg/max = 2.5 MB/s / 4.0 MB/s / 10.0 MB/s',
      'down min/avg/max = 5.0 MB/s / 8.0 MB/s / 20.0 MB/s'
    ].join('\n'))
  })

  it('have no rates where nothing was to be moved', () => {
    const statistics = perfStatistics([{ uploadMs: 1, downloadMs: 0 }], { upload: 0, download: 0 }, 2)

    expect(formatPerfStatistics('12D3', statistics)).to.equal('--- 12D3 perf statistics ---\n1 run, time 2 ms')
  })

  it('show of a run the ways that were used', () => {
    const times = { uploadMs: 500, downloadMs: 2000 }

    expect(formatPerfRun(3, sizes, times)).to.equal('run=3 up 10.0 MB in 500 ms (20.0 MB/s), down 20.0 MB in 2000 ms (10.0 MB/s)')
    expect(formatPerfRun(3, { ...sizes, upload: 0 }, times)).to.equal('run=3 down 20.0 MB in 2000 ms (10.0 MB/s)')
    expect(formatPerfRun(3, { ...sizes, download: 0 }, times)).to.equal('run=3 up 10.0 MB in 500 ms (20.0 MB/s)')
  })
})
