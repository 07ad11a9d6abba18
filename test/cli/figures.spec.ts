import { expect } from 'aegir/chai'
import { formatBytes, formatRate, formatTime } from '../../src/cli/format.ts'
import { formatPingStatistics, pingStatistics } from '../../src/cli/ping-statistics.ts'

describe('the figures of the command line', () => {
  for (const [ms, text] of [[0, '0.000 ms'], [0.0525, '0.052 ms'], [0.5, '0.500 ms'], [1.234, '1.23 ms'], [12.34, '12.3 ms'], [123.4, '123 ms'], [12345, '12345 ms']] as const) {
    it(`shows a time of ${ms} ms as ${text}`, () => {
      expect(formatTime(ms)).to.equal(text)
    })
  }

  for (const [bytes, text] of [[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [16_777_216, '16.8 MB'], [3e12, '3.0 TB'], [3e15, '3000.0 TB']] as const) {
    it(`shows ${bytes} bytes as ${text}`, () => {
      expect(formatBytes(bytes)).to.equal(text)
    })
  }

  it('shows a rate per second', () => {
    expect(formatRate(10_000_000, 500)).to.equal('20.0 MB/s')
  })

  it('sums pings up as ping(8) does', () => {
    expect(formatPingStatistics('12D3', pingStatistics([1, 2, 3], 4, 3004.4))).to.equal([
      '--- 12D3 ping statistics ---',
      '4 packets transmitted, 3 received, 25% packet loss, time 3004 ms',
      'rtt min/avg/max/mdev = 1.000/2.000/3.000/0.816 ms'
    ].join('\n'))
  })

  it('has no round trip times where nothing came back', () => {
    expect(formatPingStatistics('12D3', pingStatistics([], 3, 2000))).to.equal([
      '--- 12D3 ping statistics ---',
      '3 packets transmitted, 0 received, 100% packet loss, time 2000 ms'
    ].join('\n'))
  })

  it('rounds the loss to a tenth of a percent', () => {
    expect(formatPingStatistics('12D3', pingStatistics([1, 1], 3, 0))).to.include(' 33.3% packet loss')
  })

  it('has no loss where nothing was sent', () => {
    expect(pingStatistics([], 0, 0)).to.have.property('loss', 0)
  })
})
