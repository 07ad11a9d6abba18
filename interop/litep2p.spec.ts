/**
 * Our dialer and a litep2p listener. litep2p (0.15) can't dial.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { identify } from '@libp2p/identify'
import { ping } from '@libp2p/ping'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { pEvent } from 'p-event'
import { webRTCDirect } from '../src/index.ts'
import { Litep2pPeer } from './litep2p-peer.ts'
import type { Connection, IdentifyResult, Libp2p, Stream } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'

const MIB = 1024 * 1024
const ECHO = '/echo/1.0.0'

type Node = Libp2p<{ ping: Ping }>

/**
 * The pattern of the peer's README
 */
function pattern (length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (31 * i + 7) % 251)
}

async function createNode (): Promise<Node> {
  const node = await createLibp2p({
    transports: [webRTCDirect()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    services: { ping: ping(), identify: identify() }
  })

  await node.handle(ECHO, async (stream) => {
    for await (const data of stream) {
      if (!stream.send(data)) {
        await stream.onDrain()
      }
    }

    await stream.close()
  }, { maxInboundStreams: 1_000 })

  return node
}

async function readAll (stream: Stream): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []

  for await (const chunk of stream) {
    chunks.push(chunk.subarray())
  }

  return Buffer.concat(chunks)
}

/**
 * Writes, half-closes, and reads to the end
 */
async function exchange (connection: Connection, protocol: string, data: Uint8Array): Promise<Uint8Array> {
  const stream = await connection.newStream(protocol, { maxOutboundStreams: 1_000 })
  const reading = readAll(stream)

  for (let offset = 0; offset < data.byteLength; offset += 64 * 1024) {
    if (!stream.send(data.subarray(offset, offset + 64 * 1024))) {
      await stream.onDrain()
    }
  }

  await stream.close()

  return reading
}

function expectEqual (actual: Uint8Array, expected: Uint8Array): void {
  expect(actual.byteLength).to.equal(expected.byteLength)
  expect(Buffer.compare(actual, expected)).to.equal(0)
}

describe('litep2p', () => {
  let peer: Litep2pPeer
  let node: Node
  let connection: Connection

  beforeEach(async () => {
    peer = new Litep2pPeer()
    node = await createNode()
    connection = await node.dial(await peer.address())
  })

  afterEach(async () => {
    await node.stop()
    await peer.stop()
  })

  /**
   * Nothing failed at either end
   */
  function expectNoFailure (): void {
    expect(peer.failedStreams()).to.deep.equal([])
    expect(peer.warnings).to.deep.equal([])
    expect(connection.status).to.equal('open')
  }

  it('proves who it is', async () => {
    const { peer: seen } = await peer.event(({ event }) => event === 'connected')

    expect(seen).to.equal(node.peerId.toString())
    expect((await peer.address()).toString()).to.include(connection.remotePeer.toString())
    expectNoFailure()
  })

  it('answers over IPv6', async () => {
    const peer6 = new Litep2pPeer('::1')

    try {
      const connection6 = await node.dial(await peer6.address())
      expectEqual(await exchange(connection6, ECHO, pattern(100_000)), pattern(100_000))
      expect(peer6.failedStreams()).to.deep.equal([])
    } finally {
      await peer6.stop()
    }
  })

  it('pings', async () => {
    for (let i = 0; i < 10; i++) {
      expect(await node.services.ping.ping(connection.remotePeer)).to.be.at.least(0)
    }

    expectNoFailure()
  })

  it('identifies, both ways', async () => {
    const identified = pEvent<'peer:identify', CustomEvent<IdentifyResult>>(node, 'peer:identify')
    const other = await createNode()

    try {
      const otherIdentified = pEvent<'peer:identify', CustomEvent<IdentifyResult>>(other, 'peer:identify')
      await other.dial(await peer.address())
      expect((await otherIdentified).detail.protocols).to.include(ECHO)
      await peer.event(({ event, peer }) => event === 'identified' && peer === other.peerId.toString())
    } finally {
      await other.stop()
    }

    identified.cancel()
    expectNoFailure()
  })

  it('echoes 1 MiB as it comes', async () => {
    const data = pattern(MIB)

    expectEqual(await exchange(connection, ECHO, data), data)
    expectNoFailure()
  })

  it('counts 1 MiB to its end, which we half-close', async () => {
    const count = Buffer.alloc(8)
    count.writeBigUInt64BE(BigInt(MIB))

    expectEqual(await exchange(connection, '/interop/sink/1.0.0', pattern(MIB)), count)
    expectNoFailure()
  })

  it('sends 1 MiB to its end, which it half-closes', async () => {
    const count = Buffer.alloc(8)
    count.writeBigUInt64BE(BigInt(MIB))

    expectEqual(await exchange(connection, '/interop/source/1.0.0', count), pattern(MIB))
    expectNoFailure()
  })

  it('reads everything before it answers', async () => {
    const data = pattern(MIB)

    expectEqual(await exchange(connection, '/interop/echo-after-end/1.0.0', data), data)
    expectNoFailure()
  })

  it('opens a stream to us', async () => {
    expect(await peer.command({ cmd: 'echo', peer: node.peerId.toString(), bytes: 10_000 })).to.include({ ok: true, bytes: 10_000 })
    expectNoFailure()
  })

  it('opens 100 streams to us, 8 in flight', async () => {
    expect(await peer.command({ cmd: 'streams', peer: node.peerId.toString(), count: 100, parallel: 8, bytes: 100 })).to.include({ ok: true, succeeded: 100, failed: 0 })
    expectNoFailure()
  })

  it('serves 1,000 streams one after another', async () => {
    const data = pattern(100)

    for (let i = 0; i < 1_000; i++) {
      expectEqual(await exchange(connection, ECHO, data), data)
    }

    expectNoFailure()
  })

  it('serves 1,000 streams, 32 in flight', async () => {
    const data = pattern(100)
    let next = 0

    await Promise.all(Array.from({ length: 32 }, async () => {
      while (next++ < 1_000) {
        expectEqual(await exchange(connection, ECHO, data), data)
      }
    }))

    expectNoFailure()
  })

  it('resets a stream', async () => {
    const stream = await connection.newStream('/interop/reset/1.0.0')
    const ended = pEvent(stream, 'close')

    // it does so when 256 frames wait to be read
    for (let i = 0; i < 300; i++) {
      stream.send(Uint8Array.of(i))
    }

    await ended
    expect(stream.status).to.equal('reset')
    expectEqual(await exchange(connection, ECHO, pattern(1000)), pattern(1000))
    expectNoFailure()
  })

  it('takes a reset', async () => {
    const stream = await connection.newStream(ECHO)
    stream.send(pattern(1000))
    await pEvent(stream, 'message')

    stream.abort(new Error('enough'))

    await peer.event(({ event }) => event === 'stream-failed')
    expectEqual(await exchange(connection, ECHO, pattern(1000)), pattern(1000))
    expect(connection.status).to.equal('open')
  })

  it('takes STOP_SENDING', async () => {
    const count = Buffer.alloc(8)
    count.writeBigUInt64BE(BigInt(16 * MIB))
    const stream = await connection.newStream('/interop/source/1.0.0')
    stream.send(count)
    await pEvent(stream, 'message')
    const ended = pEvent(stream, 'close')

    await stream.closeRead()
    await stream.close()

    await ended
    expect(stream.status).to.equal('closed')
    expectEqual(await exchange(connection, ECHO, pattern(1000)), pattern(1000))
    expect(connection.status).to.equal('open')
  })

  it('notices that we close the connection', async () => {
    await exchange(connection, ECHO, pattern(1000))
    await connection.close()

    await peer.event(({ event }) => event === 'disconnected')
    expect(peer.failedStreams()).to.deep.equal([])
  })

  // litep2p says nothing on the wire when it ends: the ping of libp2p's
  // connection monitor finds out
  async function expectToNoticeTheEnd (end: () => Promise<void>): Promise<void> {
    const stream = await connection.newStream(ECHO)
    stream.send(Uint8Array.of(1))
    const ended = pEvent(stream, 'close')
    const disconnected = pEvent(node, 'connection:close')

    await end()

    await Promise.all([ended, disconnected])
    expect(stream.status).to.not.equal('open')
    expect(node.getConnections()).to.have.lengthOf(0)
  }

  it('we notice that it has ended', async () => {
    await expectToNoticeTheEnd(async () => peer.stop())
  })

  it('we notice that it is killed', async () => {
    await expectToNoticeTheEnd(async () => peer.kill())
  })

  it('notices that we are killed', async () => {
    const dialer = spawn(process.execPath, [fileURLToPath(new URL('./dialer-process.js', import.meta.url)), (await peer.address()).toString()], {
      stdio: ['ignore', 'pipe', 'inherit']
    })
    const [output] = await once(dialer.stdout, 'data')
    const peerId = String(output).trim()

    dialer.kill('SIGKILL')

    await peer.event(({ event, peer }) => event === 'disconnected' && peer === peerId)
  })
})
