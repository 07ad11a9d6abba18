import { createHash } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { formatStats } from '../../src/cli/stats.ts'
import { parseDialTarget } from '../../src/wire/address.ts'
import { parseFingerprint } from '../../src/wire/sdp.ts'
import { killAll, objects, run, startListener } from '../support/command-line.ts'
import { serverOfEachTest } from '../support/protocol-server.ts'

describe('the stats command', () => {
  let address: string
  let peerId: string

  before(async () => {
    ({ address, peerId } = await startListener())
  })

  after(killAll)

  it('prints a line for each thing that is known', async () => {
    const { code, stdout, stderr } = await run(['stats', address])
    const lines = Object.fromEntries(stdout.toString().trimEnd().split('\n').map(line => line.split(/ {2,}/)))

    expect(lines).to.include({ peer: peerId, address, 'protocol version': '1', 'longest message': '16.4 kB' })
    expect(lines.agent).to.match(/^js-libp2p\//)
    expect(lines.to).to.equal(`127.0.0.1:${parseDialTarget(multiaddr(address)).port}`)
    expect(lines.from).to.match(/^127\.0\.0\.1:\d+$/)
    expect(lines.sent).to.match(/^[\d.]+ k?B in \d+ frames$/)
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('prints one object for machines', async () => {
    const result = await run(['stats', '--json', '--dialer-version', '2', address])
    const [stats, ...others] = objects(result)

    expect(others).to.deep.equal([])
    expect(stats).to.include({ event: 'stats', peerId, address, version: 2 })
    expect(stats.time).to.be.above(0)
    expect(stats.roundTripTime).to.be.within(0, 1_000)
    expect(stats.bytesSent).to.be.above(0)
    expect(stats.bytesReceived).to.be.above(0)
    expect(parseFingerprint(stats.remoteFingerprint)).to.deep.equal(parseDialTarget(multiaddr(address)).fingerprints[0])
    expect(result.code).to.equal(0)
  })

  it('says what is not known', () => {
    const fingerprint = createHash('sha256').digest('hex')
    const text = formatStats({ remotePeer: 'a peer', remoteAddr: multiaddr(address) } as any, 1, {
      bytesSent: 1,
      bytesReceived: 2,
      framesSent: 1,
      framesReceived: 1,
      channels: { open: 1, 'half-closed': 2, closing: 3 },
      bufferedBytes: 0,
      unreadBytes: 0,
      maxMessageSize: 1,
      localFingerprint: fingerprint,
      remoteFingerprint: fingerprint,
      remoteAddress: { host: '2001:db8::1', port: 9 },
      version: 1
    })

    expect(text).to.match(/^agent +unknown$/m).and.match(/^round trip time +unknown$/m).and.match(/^from +unknown$/m)
    expect(text).to.match(/^to +\[2001:db8::1\]:9$/m).and.match(/^channels +1 open, 2 half-closed, 3 closing$/m)
  })
})

describe('the stats command, with a peer that has no identify', () => {
  const serve = serverOfEachTest()

  it('prints the rest, and warns', async () => {
    const { code, stdout, stderr } = await run(['stats', await serve('/test/1.0.0', () => {})])

    expect(stdout.toString()).to.match(/^agent +unknown$/m)
    expect(stderr).to.match(/^webrtc-direct: warning: the peer does not say what it is: .*\n$/)
    expect(code).to.equal(0)
  })
})
