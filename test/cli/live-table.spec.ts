import { expect } from 'aegir/chai'
import { plain } from '../../src/cli/color.ts'
import { renderLiveTable } from '../../src/cli/live-table.ts'
import type { ConnectionStatus } from '../../src/cli/listen-status.ts'

const ADDRESS = '/ip4/127.0.0.1/udp/9000/webrtc-direct/certhash/uEiDNST1n9ARNRxgSoLBoFR7g6KzWf5q7pZDptuCL6YD0xA/p2p/12D3KooWLq8wEjoBXuy1HVmk8FUHFHuZgtoVurgKcLByK2fd2cd6'

function connection (i: number): ConnectionStatus {
  return { peerId: `12D3KooWLq8wEjoBXuy1HVmk8FUHFHuZgtoVurgKcLByK2f${`${i}`.padStart(5, '0')}`, address: `192.0.2.${i}:5000`, age: 65_000, roundTripTime: 12.3, streams: 2, bytesReceived: 1_000, bytesSent: 2_000_000, receiveRate: 0, sendRate: 1_234_000 }
}

function render (count: number, columns: number, rows: number, refused = {}): string[] {
  return renderLiveTable({
    addresses: [ADDRESS, ADDRESS.replace('127.0.0.1', '192.0.2.9')],
    serving: 'Serving ping, echo and identify',
    events: ['12D3…00001 connected from /ip4/192.0.2.1/udp/5000'],
    status: { uptime: 61_000, peers: count, refused, connections: Array.from({ length: count }, (_, i) => connection(i)) }
  }, { columns, rows }, plain)
}

describe('the live table', () => {
  for (const columns of [20, 40, 80, 132, 200]) {
    for (const rows of [5, 10, 24, 50]) {
      for (const count of [0, 1, 3, 500]) {
        it(`fits into ${columns} columns and ${rows} rows with ${count} connections`, () => {
          const lines = render(count, columns, rows)

          expect(lines.length).to.be.at.most(rows)
          expect(lines.filter(line => line.length > columns)).to.deep.equal([])
        })
      }
    }
  }

  it('has a row for each connection', () => {
    const lines = render(2, 80, 24)

    expect(lines).to.include('PEER       ADDRESS                   RTT STREAMS         IN        OUT    OPEN')
    expect(lines).to.include('12D…f00001 192.0.2.1:5000        12.3 ms       2      0 B/s   1.2 MB/s   1m05s')
  })

  it('leaves out columns that matter less on a narrow terminal', () => {
    const lines = render(1, 40, 30)

    expect(lines).to.include('PEER           RTT         IN        OUT')
  })

  it('has whole addresses, to be copied, at any width', () => {
    expect(render(1, 40, 30).join('')).to.include(ADDRESS)
  })

  it('sums up, with what was refused and why', () => {
    expect(render(2, 132, 24, { full: 3, malformed: 1 }).join('\n'))
      .to.include('2 connections, 2 peers, 4 streams, in 0 B/s, out 2.5 MB/s, 4 requests refused (3 full, 1 malformed)')
  })

  it('says how many connections have no room', () => {
    const lines = render(500, 80, 24)
    const rows = lines.filter(line => line.includes('12.3 ms')).length

    expect(rows).to.be.above(3)
    expect(lines).to.include(`… and ${500 - rows} more`)
  })
})
