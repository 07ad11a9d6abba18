import { memory } from '@libp2p/memory'
import { plaintext } from '@libp2p/plaintext'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { TypedEventEmitter } from 'main-event'
import { pEvent } from 'p-event'
import { getStats, UnknownConnectionError } from '../src/index.ts'
import { parseDialTarget } from '../src/wire/address.ts'
import { parseFingerprint } from '../src/wire/sdp.ts'
import { createListener, createNode, echo, stopNodes } from './support/loopback-nodes.ts'
import type { Node } from './support/loopback-nodes.ts'
import type { Connection, Stream } from '@libp2p/interface'

describe('the stats of a connection', () => {
  afterEach(stopNodes)

  /**
   * Both ends of a connection on which nothing is sent but by the test
   */
  async function connected (): Promise<{ listener: Node, outbound: Connection, inbound: Connection }> {
    const listener = await createListener({ hasServices: false })
    const dialer = await createNode({ hasServices: false })
    const outbound = await dialer.dial(listener.getMultiaddrs()[0])

    return { listener, outbound, inbound: listener.getConnections()[0] }
  }

  it('are the same at both ends, seen from the other side', async () => {
    const { listener, outbound, inbound } = await connected()
    const { port, fingerprints: [fingerprint] } = parseDialTarget(listener.getMultiaddrs()[0])
    const [here, there] = await Promise.all([outbound, inbound].map(getStats))

    expect(here.remoteAddress).to.deep.equal({ host: '127.0.0.1', port })
    expect(there.localAddress).to.deep.equal(here.remoteAddress)
    expect(there.remoteAddress).to.deep.equal(here.localAddress)

    expect(parseFingerprint(there.localFingerprint)).to.deep.equal(fingerprint)
    expect(here.remoteFingerprint).to.equal(there.localFingerprint).and.match(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
    expect(there.remoteFingerprint).to.equal(here.localFingerprint).and.not.equal(there.localFingerprint)

    expect([here.version, there.version]).to.deep.equal([1, 1])
    expect([here.maxMessageSize, there.maxMessageSize]).to.deep.equal([4_096, 4_096])
  })

  for (const version of [1, 2] as const) {
    it(`tell that version ${version} is spoken`, async () => {
      const listener = await createListener()
      const dialer = await createNode({ transport: { dialerVersion: version, dataChannel: { maxMessageSize: 1_000 } } })
      const connection = await dialer.dial(listener.getMultiaddrs()[0])

      expect(await getStats(connection)).to.include({ version, maxMessageSize: 1_000 })
      expect(await getStats(listener.getConnections()[0])).to.include({ version })
    })
  }

  it('count bytes and frames each way, and know the round trip time', async () => {
    const { outbound, inbound } = await connected()
    const before = await getStats(outbound)
    await echo(outbound, new Uint8Array(100_000))
    const after = await getStats(outbound)

    for (const direction of ['Sent', 'Received'] as const) {
      expect(after[`bytes${direction}`] - before[`bytes${direction}`], direction).to.be.within(100_000, 110_000)
      expect(after[`frames${direction}`] - before[`frames${direction}`], direction).to.be.within(100_000 / 4_096, 200)
    }

    expect(after.roundTripTime).to.be.within(0, 1_000)

    await outbound.close()
    const [here, there] = await Promise.all([outbound, inbound].map(getStats))
    expect(there.bytesReceived).to.equal(here.bytesSent)
    expect(there.framesReceived).to.equal(here.framesSent)
  })

  it('count channels by what is left of their streams, and what was not read', async () => {
    const { listener, outbound, inbound } = await connected()
    const incoming = new TypedEventEmitter<{ stream: CustomEvent<Stream> }>()
    await listener.handle('/test/1.0.0', stream => { incoming.safeDispatchEvent('stream', { detail: stream }) })
    const opened = pEvent<'stream', CustomEvent<Stream>>(incoming, 'stream')
    const stream = await outbound.newStream('/test/1.0.0')
    stream.send(Uint8Array.of(1))
    const { detail: remote } = await opened
    remote.pause()

    expect((await getStats(outbound)).channels).to.deep.equal({ open: 1, 'half-closed': 0, closing: 0 })

    stream.send(new Uint8Array(1_000))
    await stream.close()
    expect((await getStats(outbound)).channels).to.include({ open: 0, 'half-closed': 1 })
    expect((await getStats(inbound)).unreadBytes).to.be.at.least(1_000)

    // more than the stack takes at once, so that some of it waits
    const other = await outbound.newStream('/test/1.0.0')
    other.send(new Uint8Array(8 * 1024 * 1024))
    expect((await getStats(outbound)).bufferedBytes).to.be.within(1, 8 * 1024 * 1024 + 100_000)
  })

  it('tell of longer messages once identify has told that the remote reads them, which are sent then', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const identified = Promise.all([dialer, listener].map(async node => pEvent(node, 'peer:identify')))
    const outbound = await dialer.dial(listener.getMultiaddrs()[0])
    await identified
    const ends = [outbound, listener.getConnections()[0]]
    const before = await Promise.all(ends.map(getStats))
    await echo(outbound, new Uint8Array(1_000_000))
    const after = await Promise.all(ends.map(getStats))

    after.forEach(({ maxMessageSize, bytesReceived, framesReceived }, i) => {
      expect(maxMessageSize).to.equal(16_384)
      expect((bytesReceived - before[i].bytesReceived) / (framesReceived - before[i].framesReceived), 'bytes in a frame').to.be.above(4_096)
    })
  })

  it('name the agent of the remote once identify has asked it', async () => {
    const listener = await createListener({ nodeInfo: { userAgent: 'a-listener/1.2.3' } })
    const dialer = await createNode()
    const identified = pEvent(dialer, 'peer:identify')
    const connection = await dialer.dial(listener.getMultiaddrs()[0])
    await identified

    expect((await getStats(connection)).agent).to.equal('a-listener/1.2.3')

    const { outbound } = await connected()
    expect((await getStats(outbound)).agent).to.be.undefined()
  })

  it('are left of a connection that is closed, but for its path', async () => {
    const { outbound } = await connected()
    await echo(outbound, new Uint8Array(1_000))
    await outbound.close()
    const { roundTripTime, localAddress, remoteAddress, ...left } = await getStats(outbound)

    expect([roundTripTime, localAddress, remoteAddress]).to.deep.equal([undefined, undefined, undefined])
    expect(left.bytesSent).to.be.at.least(1_000)
    expect(left.localFingerprint).to.have.lengthOf(95)
    expect(left.remoteFingerprint).to.have.lengthOf(95)
    expect(left.channels).to.deep.equal({ open: 0, 'half-closed': 0, closing: 0 })
    expect(left.bufferedBytes).to.equal(0)
  })

  it('are refused of the connection of another transport', async () => {
    const nodes = await Promise.all([['/memory/stats-test'], []].map(async listen => createLibp2p({
      addresses: { listen },
      transports: [memory()],
      connectionEncrypters: [plaintext()],
      connectionGater: { denyDialMultiaddr: () => false },
      streamMuxers: [],
      connectionMonitor: { enabled: false }
    })))

    try {
      const connection = await (nodes[1] as any).components.transportManager.dial(multiaddr('/memory/stats-test'), { signal: AbortSignal.timeout(5_000) })

      await expect(getStats(connection)).to.eventually.be.rejectedWith('made by another transport')
        .and.be.an.instanceOf(UnknownConnectionError)
        .with.property('name', 'UnknownConnectionError')
    } finally {
      await Promise.all(nodes.map(async node => node.stop()))
    }
  })
})
