import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import { isTransport } from '@libp2p/interface'
import tests from '@libp2p/interface-compliance-tests/transport'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { ping } from '@libp2p/ping'
import { multiaddr } from '@multiformats/multiaddr'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { base64url } from 'multiformats/bases/base64'
import * as Digest from 'multiformats/hashes/digest'
import { pEvent } from 'p-event'
import { webRTCDirect } from '../src/index.ts'
import { dialPeer } from '../src/native/peer.ts'
import { encodeCerthash, parseDialTarget } from '../src/wire/address.ts'
import { generateCredentials } from '../src/wire/credentials.ts'
import { exchange, sendBack } from './support/exchange.ts'
import { bindingRequest } from './support/stun.ts'
import { untilFree } from './support/until-free.ts'
import type { WebRTCDirectInit } from '../src/options.ts'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { Ping } from '@libp2p/ping'
import type { Multiaddr } from '@multiformats/multiaddr'

type Node = Libp2p<{ ping: Ping }>

const ECHO = '/test/echo/1.0.0'
const LOOPBACK = '/ip4/127.0.0.1/udp/0/webrtc-direct'

const nodes: Node[] = []

async function createNode (listen: string[] = [], init?: WebRTCDirectInit): Promise<Node> {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [webRTCDirect(init)],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { inboundConnectionThreshold: 1_000, reconnectRetries: 0 },
    services: { ping: ping({ maxInboundStreams: 100, maxOutboundStreams: 100 }), identify: identify() }
  })
  nodes.push(node)

  await node.handle(ECHO, sendBack, { maxInboundStreams: 1_000 })

  return node
}

async function echo (connection: Connection, data: Uint8Array): Promise<Uint8Array> {
  return exchange(await connection.newStream(ECHO, { maxOutboundStreams: 1_000 }), data)
}

/**
 * The address with another certhash
 */
function withOtherCerthash (ma: Multiaddr, certhash: string): Multiaddr {
  return multiaddr(ma.toString().replace(/certhash\/[^/]+/, `certhash/${certhash}`))
}

/**
 * A port at which nobody answers, but packets are received
 */
async function deadPort (): Promise<{ port: number, packets: number, close (): void }> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const result = { port: socket.address().port, packets: 0, close: () => { socket.close() } }
  socket.on('message', () => { result.packets++ })

  return result
}

describe('transport', () => {
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))

    // nothing is left behind
    await untilFree()
  })

  describe('compliance', () => {
    tests({
      async setup () {
        const config = {
          transports: [webRTCDirect()],
          connectionGater: { denyDialMultiaddr: () => false },
          connectionMonitor: { enabled: false }
        }

        return {
          dialer: { ...config },
          listener: { ...config, addresses: { listen: [LOOPBACK, LOOPBACK] } },
          dialMultiaddrMatcher: WebRTCDirect,
          listenMultiaddrMatcher: WebRTCDirect
        }
      },
      async teardown () {}
    })
  })

  it('is a transport', async () => {
    const node = await createNode()

    expect(isTransport((node as any).components.transportManager.getTransports()[0])).to.be.true()
  })

  describe('addresses', () => {
    it('have the certhash and the peer id', async () => {
      const node = await createNode([LOOPBACK])
      const [ma] = node.getMultiaddrs()

      expect(ma.toString()).to.match(new RegExp(`^/ip4/127\\.0\\.0\\.1/udp/\\d+/webrtc-direct/certhash/uEi[A-Za-z0-9_-]{44}/p2p/${node.peerId}$`))
      expect(WebRTCDirect.exactMatch(ma)).to.be.true()
    })

    it('one for each interface where the address is a wildcard', async () => {
      const node = await createNode(['/ip4/0.0.0.0/udp/0/webrtc-direct'])
      const dialer = await createNode()

      expect(node.getMultiaddrs().map(ma => ma.toString()).join()).to.include('/ip4/127.0.0.1/').and.not.include('0.0.0.0')

      for (const ma of node.getMultiaddrs()) {
        const connection = await dialer.dial(ma, { force: true })
        expect(await echo(connection, Uint8Array.of(1))).to.have.lengthOf(1)
      }
    })

    it('one port can serve IPv4 and IPv6', async () => {
      const dead = await deadPort()
      dead.close()
      const node = await createNode([`/ip4/0.0.0.0/udp/${dead.port}/webrtc-direct`, `/ip6/::/udp/${dead.port}/webrtc-direct`])
      const addresses = node.getMultiaddrs().filter(ma => /127\.0\.0\.1|::1/.test(ma.toString()))
      expect(addresses).to.have.lengthOf(2)

      for (const ma of addresses) {
        const dialer = await createNode()
        const connection = await dialer.dial(ma)
        expect(connection.remoteAddr.toString()).to.include(`/udp/${dead.port}/`)
        expect(await echo(connection, Uint8Array.of(1))).to.have.lengthOf(1)
      }
    })

    it('keep a fixed port', async () => {
      const dead = await deadPort()
      dead.close()
      const node = await createNode([`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct`])

      expect(node.getMultiaddrs()[0].toString()).to.include(`/udp/${dead.port}/`)
    })

    it('a port that is taken is an error that says so', async () => {
      const dead = await deadPort()

      await expect(createNode([`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct`])).to.eventually.be.rejected()
      dead.close()
    })

    it('announced addresses get the certhash', async () => {
      const node = await createLibp2p({
        addresses: { listen: [LOOPBACK], announce: ['/ip4/192.0.2.1/udp/4001/webrtc-direct'] },
        transports: [webRTCDirect()]
      })
      nodes.push(node as any)

      expect(node.getMultiaddrs().map(ma => ma.toString()).join()).to.match(/^\/ip4\/192\.0\.2\.1\/udp\/4001\/webrtc-direct\/certhash\/uEi/)
    })
  })

  describe('dial and listen', () => {
    for (const listen of [LOOPBACK, '/ip6/::1/udp/0/webrtc-direct']) {
      it(`over ${listen}`, async () => {
        const listener = await createNode([listen])
        const dialer = await createNode()
        const data = new Uint8Array(1_000_000).map((_, i) => i % 251)
        const connection = await dialer.dial(listener.getMultiaddrs()[0])

        expect(connection.remotePeer.equals(listener.peerId)).to.be.true()
        expect(Buffer.compare(await echo(connection, data), data)).to.equal(0)
        expect(await dialer.services.ping.ping(listener.peerId)).to.be.at.least(0)
        expect(await listener.services.ping.ping(dialer.peerId)).to.be.at.least(0)
      })
    }

    it('several listeners of one process, each on its own port and socket', async () => {
      const listeners = await Promise.all([createNode([LOOPBACK, LOOPBACK]), createNode([LOOPBACK])])
      const dialer = await createNode()
      const addresses = listeners.flatMap(node => node.getMultiaddrs())

      expect(new Set(addresses.map(ma => /udp\/(\d+)/.exec(ma.toString())?.[1]))).to.have.lengthOf(3)

      await Promise.all(addresses.map(async ma => {
        const connection = await dialer.dial(ma, { force: true })
        expect(await echo(connection, Uint8Array.of(1, 2, 3))).to.have.lengthOf(3)
      }))
    })

    it('streams opened by the listener', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const opened = pEvent<'connection:open', CustomEvent<Connection>>(listener, 'connection:open')
      await dialer.dial(listener.getMultiaddrs()[0])
      const { detail: connection } = await opened

      expect(await echo(connection, new Uint8Array(100_000))).to.have.lengthOf(100_000)
    })

    it('many dialers at once', async () => {
      const listener = await createNode([LOOPBACK])
      const dialers = await Promise.all(Array.from({ length: 20 }, async () => createNode()))

      await Promise.all(dialers.map(async dialer => {
        const connection = await dialer.dial(listener.getMultiaddrs()[0])
        expect(await echo(connection, new Uint8Array(10_000))).to.have.lengthOf(10_000)
      }))
    })

    it('any one of several certhashes will do', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const other = encodeCerthash(new Uint8Array(32))
      const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace('/certhash/', `/certhash/${other}/certhash/`))

      expect(await echo(await dialer.dial(ma), Uint8Array.of(1))).to.have.lengthOf(1)
    })

    it('without a peer id in the address', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace(/\/p2p\/.*/, ''))

      expect((await dialer.dial(ma)).remotePeer.equals(listener.peerId)).to.be.true()
    })
  })

  describe('a dial that fails names the phase, and leaves nothing behind', () => {
    it('another peer: noise', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
      const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace(/p2p\/.*/, `p2p/${other}`))

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'UnexpectedPeerError', phase: 'noise' })
    })

    it('another peer whose id does not hold its key: noise', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const other = peerIdFromPrivateKey(await generateKeyPair('RSA', 2048))
      const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace(/p2p\/.*/, `p2p/${other}`))

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'UnexpectedPeerError', phase: 'noise' })
    })

    it('another certificate: dtls', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const ma = withOtherCerthash(listener.getMultiaddrs()[0], encodeCerthash(new Uint8Array(32)))

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'CertificateMismatchError', phase: 'dtls' })
    })

    it('several certhashes, none of which fits: dtls', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const wrong = [1, 2].map(byte => encodeCerthash(new Uint8Array(32).fill(byte))).join('/certhash/')
      const ma = withOtherCerthash(listener.getMultiaddrs()[0], wrong)

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'CertificateMismatchError', phase: 'dtls' })
    })

    it('another hash function: address, before any packet is sent', async () => {
      const dead = await deadPort()
      const dialer = await createNode()

      const sha512 = base64url.encode(Digest.create(0x13, new Uint8Array(64)).bytes)
      const ma = multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${sha512}`)
      const err = await dialer.dial(ma).catch(err => err)

      expect(err).to.include({ name: 'UnsupportedHashError', phase: 'address' })
      expect(err.message).to.include('sha-512')
      expect(dead.packets).to.equal(0)
      dead.close()
    })

    it('a dead port: ice, within the deadline', async () => {
      const dead = await deadPort()
      const dialer = await createNode([], { setupTimeout: 500 })
      const ma = multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`)
      const start = Date.now()

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'SetupTimeoutError', phase: 'ice' })
      expect(Date.now() - start).to.be.lessThan(2_000)
      expect(dead.packets).to.be.greaterThan(0)
      dead.close()
    })

    it('an aborted signal', async () => {
      const dead = await deadPort()
      const dialer = await createNode()
      const ma = multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`)
      const controller = new AbortController()
      const dial = (dialer as any).components.transportManager.dial(ma, { signal: controller.signal }).catch((err: Error) => err)
      controller.abort()

      expect(await dial).to.include({ name: 'AbortError', phase: 'ice' })
      dead.close()
    })
  })

  describe('a dialer that goes on asking with the same credentials', () => {
    /**
     * Resolves with whether the listener checks the connection from its side,
     * before it does so for a dialer that asks later
     */
    async function isAnswered (port: number, ufrag: string): Promise<boolean> {
      const asking = [ufrag, generateCredentials().client.ufrag].map(ufrag => {
        const socket = createSocket('udp4')
        socket.send(bindingRequest(`${ufrag}:${ufrag}`, ufrag), port, '127.0.0.1')

        return { socket, answered: once(socket, 'message') }
      })

      const first = await Promise.race(asking.map(async ({ answered }, i) => {
        await answered
        return i
      }))

      asking.forEach(({ socket }) => { socket.close() })

      return first === 0
    }

    it('gets no second connection where the first could not be set up (rust-libp2p)', async () => {
      const listener = await createNode([LOOPBACK], { setupTimeout: 300 })
      const target = parseDialTarget(listener.getMultiaddrs()[0])
      const credentials = generateCredentials()
      const closed = Promise.withResolvers<void>()

      // takes no part in the Noise handshake
      const peer = dialPeer(target, credentials, { log: listener.logger.forComponent('test'), maxBufferedAmount: 1 })
      peer.attach({ onChannel () {}, onClosed: () => { closed.resolve() } })
      await peer.connected(AbortSignal.timeout(10_000))
      await closed.promise
      await peer.close()

      expect(await isAnswered(target.port, credentials.client.ufrag)).to.be.false()
    })

    it('gets one where it has not answered before', async () => {
      const listener = await createNode([LOOPBACK], { setupTimeout: 300 })
      const { port } = parseDialTarget(listener.getMultiaddrs()[0])
      const { ufrag } = generateCredentials().client

      expect(await isAnswered(port, ufrag)).to.be.true()

      await untilFree()

      expect(await isAnswered(port, ufrag)).to.be.true()
    })
  })

  describe('closing', () => {
    it('a graceful close is noticed by the other end', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const closed = pEvent<'connection:close', CustomEvent<Connection>>(listener, 'connection:close')
      const connection = await dialer.dial(listener.getMultiaddrs()[0])
      await echo(connection, Uint8Array.of(1))

      await connection.close()

      expect((await closed).detail.status).to.equal('closed')
      expect(connection.status).to.equal('closed')
    })

    it('an abort is noticed by the other end, and ends its streams with an error', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const inbound = Promise.withResolvers<Stream>()
      await listener.handle('/test/hold/1.0.0', (stream) => { inbound.resolve(stream) })
      const connection = await dialer.dial(listener.getMultiaddrs()[0])
      await connection.newStream('/test/hold/1.0.0')
      const stream = await inbound.promise
      const ended = pEvent(stream, 'close')

      connection.abort(new Error('enough'))

      await ended
      expect(stream.status).to.equal('reset')
    })

    it('both ends at once, twice, and while streams are open', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const opened = pEvent<'connection:open', CustomEvent<Connection>>(listener, 'connection:open')
      const connection = await dialer.dial(listener.getMultiaddrs()[0])
      const { detail: other } = await opened
      const streams = await Promise.all([connection.newStream(ECHO), connection.newStream(ECHO)])

      await Promise.all([connection.close(), other.close(), connection.close(), other.close()])

      expect(connection.status).to.equal('closed')
      expect(other.status).to.equal('closed')
      expect(streams.map(({ status }) => status)).to.not.include('open')
    })

    it('abort during close()', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const connection = await dialer.dial(listener.getMultiaddrs()[0])
      const closing = connection.close().catch(() => {})

      connection.abort(new Error('enough'))
      await closing

      expect(connection.status).to.not.equal('open')
    })

    it('stop during a dial', async () => {
      const listener = await createNode([LOOPBACK])
      const dialer = await createNode()
      const dial = dialer.dial(listener.getMultiaddrs()[0]).catch(err => err)

      await Promise.all([dialer.stop(), listener.stop()])

      expect(await dial).to.be.ok()
    })

    it('the listener can listen again on its port', async () => {
      const first = await createNode([LOOPBACK])
      const port = /udp\/(\d+)/.exec(first.getMultiaddrs()[0].toString())?.[1]
      const dialer = await createNode()
      await dialer.dial(first.getMultiaddrs()[0])
      await first.stop()

      const second = await createNode([`/ip4/127.0.0.1/udp/${port}/webrtc-direct`])
      expect(await echo(await dialer.dial(second.getMultiaddrs()[0]), Uint8Array.of(1))).to.have.lengthOf(1)
    })
  })
})
