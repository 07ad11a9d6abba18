import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'aegir/chai'
import { openPeers } from '../src/native/sweep.ts'
import { parseDialTarget } from '../src/wire/address.ts'
import { generateCredentials } from '../src/wire/credentials.ts'
import { Counters } from './support/counters.ts'
import { createListener, createNode, echo, stopNodes } from './support/loopback-nodes.ts'
import { bindingRequest } from './support/stun.ts'
import { untilFree } from './support/until-free.ts'
import type { Node, NodeInit } from './support/loopback-nodes.ts'
import type { Libp2p, MultiaddrConnection } from '@libp2p/interface'

/**
 * A refusal takes as long as a connection, which is less than any time-out, in ms
 */
const AT_ONCE = 2_500

describe('a listener that refuses a connection', () => {
  /**
   * The error of a dial that nothing else came of, at either end
   */
  async function refusal (listener: Libp2p, dialer: Libp2p): Promise<any> {
    const opened: unknown[] = []
    dialer.addEventListener('connection:open', evt => opened.push(evt))
    listener.addEventListener('connection:open', evt => opened.push(evt))

    const start = performance.now()
    const err = await dialer.dial(listener.getMultiaddrs()[0]).then(() => { throw new Error('the dial resolved') }, err => err)

    expect(performance.now() - start).to.be.below(AT_ONCE)
    await untilFree()
    expect(opened).to.be.empty()
    expect(listener.getConnections()).to.be.empty()

    return err
  }

  afterEach(stopNodes)

  for (const method of ['denyInboundEncryptedConnection', 'denyInboundUpgradedConnection'] as const) {
    for (const [how, deny] of [
      ['at once', () => true],
      ['later', async () => true],
      ['with an error', () => { throw new Error('the gater is broken') }]
    ] as Array<[string, () => boolean]>) {
      it(`by ${method}, ${how}, lets the dial fail in the Noise handshake`, async () => {
        const listener = await createListener({ connectionGater: { [method]: deny } })
        const err = await refusal(listener, await createNode())

        expect(err).to.include({ name: 'ConnectionSetupError', phase: 'noise' })
        expect(err.message).to.include('the listener closed the connection').and.include(listener.getMultiaddrs()[0].toString())
      })
    }
  }

  it('by its deny list lets the dial fail in the Noise handshake', async () => {
    const listener = await createListener({ connectionManager: { deny: ['/ip4/127.0.0.0/ipcidr/8'] } })

    expect(await refusal(listener, await createNode())).to.have.property('phase', 'noise')
  })

  it('lets as many of a burst of dials fail as it refuses', async () => {
    // the default of libp2p: of a host in a second
    const listener = await createListener({ connectionManager: { inboundConnectionThreshold: 5 } })
    const dialers = await Promise.all(Array.from({ length: 12 }, async () => createNode()))
    const results = await Promise.allSettled(dialers.map(async dialer => dialer.dial(listener.getMultiaddrs()[0])))
    const connections = results.filter(result => result.status === 'fulfilled').map(({ value }) => value)

    expect(connections).to.have.lengthOf(5)
    expect(results.filter(({ status }) => status === 'rejected').map((result: any) => result.reason.phase)).to.deep.equal(Array(7).fill('noise'))
    expect(listener.getConnections()).to.have.lengthOf(5)

    for (const connection of connections) {
      expect(await echo(connection, Uint8Array.of(1))).to.have.lengthOf(1)
    }
  })

  it('because others wait to be accepted lets the dial fail in the Noise handshake', async () => {
    const asked = Promise.withResolvers<void>()
    const answer = Promise.withResolvers<boolean>()
    const listener = await createListener({
      connectionManager: { maxIncomingPendingConnections: 1 },
      connectionGater: {
        denyInboundEncryptedConnection: async () => {
          asked.resolve()
          return answer.promise
        }
      }
    })
    const first = (await createNode()).dial(listener.getMultiaddrs()[0])
    await asked.promise
    const err = await (await createNode()).dial(listener.getMultiaddrs()[0]).catch(err => err)
    answer.resolve(false)

    expect(err).to.have.property('phase', 'noise')
    expect(await echo(await first, Uint8Array.of(1))).to.have.lengthOf(1)
  })

  it('by closing it when it is opened lets the dial fail', async () => {
    const listener = await createListener()
    listener.addEventListener('connection:open', ({ detail }) => { detail.abort(new Error('changed my mind')) })
    const err = await (await createNode()).dial(listener.getMultiaddrs()[0]).catch(err => err)

    expect(err).to.have.property('phase', 'noise')
  })

  it('by never deciding gives up like any other', async () => {
    const listener = await createListener({
      transport: { setupTimeout: 500 },
      connectionGater: { denyInboundEncryptedConnection: async () => new Promise(() => {}) }
    })

    expect(await refusal(listener, await createNode())).to.have.property('phase', 'noise')
  })

  describe('by its address', () => {
    it('allocates nothing', async () => {
      const sockets = [createSocket('udp4'), createSocket('udp4')]
      await Promise.all(sockets.map(async socket => {
        socket.bind(0, '127.0.0.1')
        await once(socket, 'listening')
      }))
      const [refused, accepted] = sockets.map(socket => `/ip4/127.0.0.1/udp/${socket.address().port}/webrtc-direct`)
      const asked: string[] = []
      const listener = await createListener({
        connectionGater: {
          denyInboundConnection: async ({ remoteAddr }) => {
            asked.push(remoteAddr.toString())
            return asked.at(-1) === refused
          }
        }
      })
      const { port } = parseDialTarget(listener.getMultiaddrs()[0])
      let answers = 0

      for (const socket of sockets) {
        const { ufrag } = generateCredentials(1).client
        socket.send(bindingRequest(`${ufrag}:${ufrag}`, ufrag), port, '127.0.0.1')
      }

      sockets[0].on('message', () => { answers++ })
      await once(sockets[1], 'message')
      sockets.forEach(socket => { socket.close() })

      expect(asked).to.have.members([refused, accepted])
      expect(openPeers()).to.equal(1)
      expect(answers).to.equal(0)
    })

    describe('where it has as many connections as it may have', () => {
      const FULL = { maxConnections: 1 }
      const REQUESTS = 'libp2p_webrtc_direct_listener_requests_total'
      let counters: Counters
      let listener: Node
      let first: Node

      async function fill (connectionManager: NodeInit['connectionManager']): Promise<void> {
        counters = new Counters()
        listener = await createListener({ metrics: counters.metrics, connectionManager: { ...FULL, ...connectionManager } })
        first = await createNode()
        await first.dial(listener.getMultiaddrs()[0])
      }

      it('never answers, and counts that', async () => {
        await fill({})
        const err = await (await createNode({ transport: { iceTimeout: 1_000 } })).dial(listener.getMultiaddrs()[0]).catch(err => err)

        expect(err).to.include({ name: 'SetupTimeoutError', phase: 'ice' })
        expect(openPeers()).to.equal(2)
        expect(counters.of(REQUESTS).limit).to.be.above(0)
        expect(counters.of('libp2p_webrtc_direct_accept_failures_total')).to.have.all.keys('address')
        expect(await echo(first.getConnections()[0], Uint8Array.of(1))).to.have.lengthOf(1)
      })

      it('answers when one of them has ended', async () => {
        await fill({})
        const second = (await createNode()).dial(listener.getMultiaddrs()[0])

        while (counters.of(REQUESTS).limit == null) {
          await new Promise(resolve => { setImmediate(resolve) })
        }

        await first.getConnections()[0].close()
        expect(await echo(await second, Uint8Array.of(1))).to.have.lengthOf(1)
      })

      it('answers who is in its allow list, however often', async () => {
        await fill({ allow: ['/ip4/127.0.0.0/ipcidr/8'], inboundConnectionThreshold: 1, maxIncomingPendingConnections: 1 })

        for (let i = 0; i < 3; i++) {
          const connection = await (await createNode()).dial(listener.getMultiaddrs()[0])
          expect(await echo(connection, Uint8Array.of(1))).to.have.lengthOf(1)
        }

        expect(counters.of(REQUESTS).limit).to.equal(undefined)
      })
    })

    it('counts what the gater denies', async () => {
      const counters = new Counters()
      const listener = await createListener({ metrics: counters.metrics, connectionGater: { denyInboundConnection: () => true } })
      await refusal(listener, await createNode({ transport: { iceTimeout: 1_000 } }))

      expect(counters.of('libp2p_webrtc_direct_listener_requests_total').denied).to.be.above(0)
      expect(counters.of('libp2p_webrtc_direct_accept_failures_total')).to.have.all.keys('address')
    })

    for (const [how, deny] of [
      ['denies', () => true],
      ['fails', () => { throw new Error('the gater is broken') }],
      ['closes the connection', async (maConn: MultiaddrConnection) => { await maConn.close() }],
      ['aborts the connection', (maConn: MultiaddrConnection) => { maConn.abort(new Error('go away')) }]
    ] as Array<[string, () => boolean]>) {
      it(`never answers where the gater ${how}`, async () => {
        const listener = await createListener({ connectionGater: { denyInboundConnection: deny } })
        const err = await refusal(listener, await createNode({ transport: { iceTimeout: 1_000 } }))

        expect(err).to.include({ name: 'SetupTimeoutError', phase: 'ice' })
      })
    }

    it('asks again when it knows the peer', async () => {
      const asked: string[] = []
      const listener = await createListener({
        connectionGater: {
          denyInboundConnection: ({ remoteAddr }) => {
            asked.push(remoteAddr.toString())
            return remoteAddr.toString().includes('/p2p/')
          }
        }
      })
      const dialer = await createNode()

      expect(await refusal(listener, dialer)).to.have.property('phase', 'noise')
      expect(asked).to.have.lengthOf(2)
      expect(asked[1]).to.equal(`${asked[0]}/p2p/${dialer.peerId}`)
    })
  })
})
