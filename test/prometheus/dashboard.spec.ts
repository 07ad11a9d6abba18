import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prometheusMetrics } from '@libp2p/prometheus-metrics'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { Registry } from 'prom-client'
import { encodeCerthash } from '../../src/wire/address.ts'
import { createListener, createNode, deadPort, echo, ECHO, stopNodes } from '../support/loopback-nodes.ts'
import { documentedMetrics } from '../support/metrics.ts'
import { startPrometheus } from '../support/prometheus.ts'
import type { Node } from '../support/loopback-nodes.ts'
import type { Prometheus } from '../support/prometheus.ts'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Panel {
  id: number
  type: string
  title: string
  gridPos: { x: number, y: number, w: number, h: number }
  targets?: Array<{ expr: string }>
}

describe('the dashboard', () => {
  let panels: Panel[]
  let variables: Array<{ name: string, definition: string }>
  let queries: string[]

  before(async () => {
    const dashboard = JSON.parse(await readFile('docs/grafana-dashboard.json', 'utf8'))
    panels = dashboard.panels
    variables = dashboard.templating.list
    queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
  })

  it('shows every metric of the table in the docs', async () => {
    for (const { name } of documentedMetrics(await readFile('docs/metrics.md', 'utf8'))) {
      expect(queries.some(query => query.includes(name)), name).to.be.true()
    }
  })

  it('has panels that tell what they show, none of them over another', () => {
    expect(new Set(panels.map(({ id }) => id))).to.have.lengthOf(panels.length)

    panels.forEach(({ title, gridPos: a }, i) => {
      expect(title).to.not.be.empty()
      expect(a.x + a.w, title).to.be.at.most(24)

      for (const { title: other, gridPos: b } of panels.slice(i + 1)) {
        const overlap = a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
        expect(overlap, `${title} and ${other}`).to.be.false()
      }
    })
  })

  describe('over a Prometheus that scrapes a busy node', () => {
    let folder: string
    let server: Server
    let prometheus: Prometheus
    let busy: Promise<void>
    const over = new AbortController()

    before(async () => {
      const registry = new Registry()
      folder = await mkdtemp(join(tmpdir(), 'webrtc-direct-prometheus-'))
      const node: Node = await createListener({
        metrics: prometheusMetrics({ registry, collectDefaultMetrics: false }),
        connectionGater: { denyInboundEncryptedConnection: (peer) => peer.equals(stranger.peerId) },
        transport: { iceTimeout: 200 }
      })
      const stranger = await createNode()
      await node.handle('/unread/1.0.0', stream => { stream.pause() })

      server = createServer((request, response) => {
        registry.metrics().then(
          text => { response.setHeader('content-type', registry.contentType).end(text) },
          err => { response.writeHead(500).end(err.message) }
        )
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      prometheus = await startPrometheus(`127.0.0.1:${(server.address() as AddressInfo).port}`, folder)

      busy = beBusy(node, stranger)
      busy.catch(err => { over.abort(err) })
    })

    after(async () => {
      over.abort()
      await busy
      await prometheus.stop()
      server.close()
      await stopNodes()
      await rm(folder, { recursive: true })
    })

    /**
     * What nodes do all day, and what goes wrong there
     */
    async function beBusy (node: Node, stranger: Node): Promise<void> {
      const [address] = node.getMultiaddrs()
      const remote = await createListener()
      const dead = await deadPort()
      const nobody = multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`)
      const unread = await (await createNode()).dialProtocol(address, '/unread/1.0.0')
      unread.send(new Uint8Array(1_000))

      while (!over.signal.aborted) {
        const [inbound, outbound] = await Promise.all([
          remote.dial(address, { force: true }),
          node.dial(remote.getMultiaddrs(), { force: true }),
          node.dial(nobody, { force: true }).catch(() => {}),
          stranger.dial(address, { force: true }).catch(() => {})
        ])

        await Promise.all([inbound, outbound].map(async connection => {
          await echo(connection, new Uint8Array(100_000))
          const stream = await connection.newStream(ECHO)
          stream.abort(new Error('enough'))
          await connection.close()
        }))
      }

      dead.close()
    }

    it('has data for every query', async () => {
      const empty = new Set(queries)

      const signal = AbortSignal.any([over.signal, AbortSignal.timeout(40_000)])

      while (empty.size > 0 && !signal.aborted) {
        for (const query of empty) {
          const series = await prometheus.query(query.replaceAll('$__rate_interval', '5s').replaceAll('$instance', '.*'))

          if (series.some(({ value }) => value > 0)) {
            empty.delete(query)
          }
        }
      }

      expect([...empty]).to.be.empty()
    })

    it('has a choice of instances', async () => {
      expect(variables.map(({ name }) => name)).to.deep.equal(['instance'])
      const [, metric, label] = /^label_values\((\w+), (\w+)\)$/.exec(variables[0].definition) ?? []

      expect(await prometheus.labelValues(label, metric)).to.have.lengthOf(1)
    })
  })
})
