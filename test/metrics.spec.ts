import { readFile } from 'node:fs/promises'
import { StreamStateError } from '@libp2p/interface'
import { prometheusMetrics } from '@libp2p/prometheus-metrics'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { TypedEventEmitter } from 'main-event'
import { pEvent } from 'p-event'
import { Registry } from 'prom-client'
import { encodeCerthash } from '../src/wire/address.ts'
import { createListener, createNode, deadPort, echo, stopNodes } from './support/loopback-nodes.ts'
import { documentedMetrics, samples } from './support/metrics.ts'
import type { Node, NodeInit } from './support/loopback-nodes.ts'
import type { Connection, Stream } from '@libp2p/interface'

const PREFIX = 'libp2p_webrtc_direct_'

describe('the metrics of a node', () => {
  let registry: Registry

  beforeEach(() => {
    registry = new Registry()
  })

  afterEach(stopNodes)

  /**
   * A node that listens, and whose metrics are looked at
   */
  async function observed (init: NodeInit = {}): Promise<Node> {
    return createListener({ metrics: prometheusMetrics({ registry, collectDefaultMetrics: false }), ...init })
  }

  /**
   * The values of one metric by its label, but those that are 0
   */
  async function values (name: string): Promise<Record<string, number>> {
    const found = samples(await registry.metrics()).filter(sample => sample.name === `${PREFIX}${name}` && sample.value !== 0)

    return Object.fromEntries(found.map(({ labels, value }) => [Object.values(labels).join(), value]))
  }

  it('are those of the table in the docs, with these labels', async () => {
    const node = await observed()
    const dialer = await createNode()
    const connection = await dialer.dial(node.getMultiaddrs()[0])
    await node.dial((await createListener()).getMultiaddrs()[0])
    await echo(connection, new Uint8Array(10))

    const scraped = (await registry.getMetricsAsJSON()).filter(({ name }) => name.startsWith(PREFIX))
    const documented = documentedMetrics(await readFile('docs/metrics.md', 'utf8'))

    // the types of prom-client are numbers that have no names any more
    expect(scraped.map(({ name, type }) => `${name} ${type as unknown as string}`).sort())
      .to.deep.equal(documented.map(({ name, type }) => `${name} ${type}`).sort())

    for (const { name, values } of scraped) {
      const { label, values: allowed } = documented.find(metric => metric.name === name) ?? {}

      for (const sample of values) {
        const { le, ...labels }: Record<string, unknown> = sample.labels
        expect(Object.keys(labels), name).to.deep.equal([label])
        expect(allowed, name).to.include(labels[label ?? ''])
      }
    }
  })

  it('are none of those that @libp2p/webrtc registers', async () => {
    await observed()

    // prom-client takes no two of the same name
    for (const name of ['libp2p_webrtc_direct_dialer_events_total', 'libp2p_webrtc_direct_listener_events_total']) {
      expect(registry.getSingleMetric(name), name).to.be.undefined()
    }
  })

  it('tell of dials and accepts, and of what is there now', async () => {
    const node = await observed()
    const [dialer, listener] = await Promise.all([createNode(), createListener()])
    await dialer.dial(node.getMultiaddrs()[0])
    await node.dial(listener.getMultiaddrs()[0])

    expect(await values('dials_total')).to.deep.equal({ connected: 1 })
    expect(await values('accepts_total')).to.deep.equal({ connected: 1 })
    expect(await values('setup_seconds_count')).to.deep.equal({ dial: 1, accept: 1 })
    expect(await values('listener_requests_total')).to.have.property('accept', 1)
    expect(await values('connections')).to.deep.equal({ inbound: 1, outbound: 1 })

    for (const setup of ['dial', 'accept']) {
      expect(await values(`${setup}_phase_seconds_count`), setup).to.deep.equal({ address: 1, ice: 1, dtls: 1, sctp: 1, noise: 1, upgrade: 1 })
      const phases = await values(`${setup}_phase_seconds_sum`)
      const sum = Object.values(phases).reduce((sum, value) => sum + value, 0)
      expect(sum).to.be.closeTo((await values('setup_seconds_sum'))[setup], 0.01)
    }

    const closed = pEvent(node, 'connection:close')
    await dialer.stop()
    await closed
    await Promise.all(node.getConnections().map(async connection => connection.close()))

    expect(await values('connections')).to.deep.equal({})
    expect(await values('connection_ends_total')).to.deep.equal({ remote: 1, here: 1 })
  })

  it('tell in which phase dials have failed, and how', async () => {
    const dead = await deadPort()
    const certhash = encodeCerthash(new Uint8Array(32))
    const node = await observed({ transport: { iceTimeout: 300 } })
    const [ma] = (await createListener()).getMultiaddrs()
    const nobody = multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${certhash}`)

    await expect(node.dial(nobody)).to.eventually.be.rejected()
    await expect(node.dial(multiaddr(`${ma}`.replace(/certhash\/[^/]+/, `certhash/${certhash}`)))).to.eventually.be.rejected()
    const aborted = (node as any).components.transportManager.dial(nobody, { signal: AbortSignal.abort() })
    await expect(aborted).to.eventually.be.rejected()
    dead.close()

    expect(await values('dials_total')).to.deep.equal({ timeout: 1, failed: 1, aborted: 1 })
    expect(await values('dial_failures_total')).to.deep.equal({ ice: 1, dtls: 1, address: 1 })
    expect(await values('connections')).to.deep.equal({})
  })

  it('tell in which phase accepts have failed', async () => {
    const node = await observed({ connectionGater: { denyInboundEncryptedConnection: () => true } })
    const dialer = await createNode()
    await expect(dialer.dial(node.getMultiaddrs()[0])).to.eventually.be.rejected()

    while ((await values('connections')).accepting > 0) {
      await new Promise(resolve => { setImmediate(resolve) })
    }

    expect(await values('accepts_total')).to.deep.equal({ failed: 1 })
    expect(await values('accept_failures_total')).to.deep.equal({ upgrade: 1 })
  })

  /**
   * A connection with a node whose metrics are looked at, and what opens streams to it:
   * both ends of each
   */
  async function connected (): Promise<{ node: Node, connection: Connection, open (): Promise<[Stream, Stream]> }> {
    // no stream but those of the test
    const node = await observed({ hasServices: false })
    const incoming = new TypedEventEmitter<{ stream: CustomEvent<Stream> }>()
    await node.handle('/test/1.0.0', stream => { incoming.safeDispatchEvent('stream', { detail: stream }) })
    const dialer = await createNode({ hasServices: false })
    const connection = await dialer.dial(node.getMultiaddrs()[0])

    return {
      node,
      connection,
      async open () {
        const opened = pEvent<'stream', CustomEvent<Stream>>(incoming, 'stream')
        const stream = await connection.newStream('/test/1.0.0')
        stream.send(Uint8Array.of(1))

        return [stream, (await opened).detail]
      }
    }
  }

  it('count bytes and frames each way, also those of connections that are closed', async () => {
    const { node, connection } = await connected()
    const before = await values('bytes_total')
    await echo(connection, new Uint8Array(100_000))
    const after = await values('bytes_total')
    const frames = await values('frames_total')

    for (const direction of ['sent', 'received']) {
      expect(after[direction] - before[direction], direction).to.be.within(100_000, 110_000)
      expect(frames[direction], direction).to.be.within(100_000 / 4_096, 200)
    }

    await Promise.all(node.getConnections().map(async connection => connection.close()))
    const closed = await values('bytes_total')
    expect(closed.sent).to.be.at.least(after.sent)
    expect(await values('bytes_total')).to.deep.equal(closed)
  })

  it('count channels by what is left of their streams, and what was not read', async () => {
    const { open } = await connected()
    const [stream, remote] = await open()
    remote.pause()
    expect(await values('channels')).to.have.property('open')

    stream.send(new Uint8Array(1_000))
    await stream.close()
    expect(await values('channels')).to.have.property('half-closed', 1)
    expect((await values('buffered_bytes')).unread).to.be.at.least(1_000)

    const ended = pEvent(remote, 'remoteCloseWrite')
    remote.addEventListener('message', () => {})
    remote.resume()
    await ended
    expect(await values('buffered_bytes')).to.not.have.property('unread')
  })

  it('tell why streams were reset, those of the remote apart', async () => {
    const { open } = await connected()

    for (const end of [0, 1]) {
      for (const error of [new StreamStateError('enough'), Object.assign(new Error('more'), { name: 'A name of its own' })]) {
        const ends = await open()
        const reset = pEvent(ends[1 - end], 'close')
        ends[end].abort(error)
        await reset
      }
    }

    expect(await values('remote_stream_resets_total')).to.deep.equal({ StreamResetError: 2 })
    expect(await values('stream_resets_total')).to.deep.equal({ StreamStateError: 1, other: 1 })
  })

  it('tell how long the ends of streams were not acknowledged', async () => {
    const { open } = await connected()
    const [stream, remote] = await open()
    remote.addEventListener('message', () => {})
    await stream.close()
    await remote.close()
    const finAcks = await values('fin_ack_wait_seconds_count')

    expect(finAcks).to.have.keys('received')
    expect((await values('fin_ack_wait_seconds_sum')).received / finAcks.received).to.be.below(5)
  })
})
