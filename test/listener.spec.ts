import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { expect } from 'aegir/chai'
import { dialPeer } from '../src/native/connect.ts'
import { parseDialTarget } from '../src/wire/address.ts'
import { generateCredentials } from '../src/wire/credentials.ts'
import { createListener, createNode, deadPort, echo, stopNodes } from './support/loopback-nodes.ts'
import { bindingRequest } from './support/stun.ts'
import { untilFree } from './support/until-free.ts'

describe('a listener', () => {
  afterEach(stopNodes)

  describe('has addresses that', () => {
    it('have the certhash and the peer id', async () => {
      const node = await createListener()
      const [ma] = node.getMultiaddrs()

      expect(ma.toString()).to.match(new RegExp(`^/ip4/127\\.0\\.0\\.1/udp/\\d+/webrtc-direct/certhash/uEi[A-Za-z0-9_-]{44}/p2p/${node.peerId}$`))
      expect(WebRTCDirect.exactMatch(ma)).to.be.true()
    })

    it('are one for each interface where it listens on a wildcard', async () => {
      const node = await createNode({ listen: ['/ip4/0.0.0.0/udp/0/webrtc-direct'] })
      const dialer = await createNode()

      expect(node.getMultiaddrs().map(ma => ma.toString()).join()).to.include('/ip4/127.0.0.1/').and.not.include('0.0.0.0')

      for (const ma of node.getMultiaddrs()) {
        const connection = await dialer.dial(ma, { force: true })
        expect(await echo(connection, Uint8Array.of(1))).to.have.lengthOf(1)
      }
    })

    it('can have one port for IPv4 and IPv6', async () => {
      const dead = await deadPort()
      dead.close()
      const node = await createNode({ listen: [`/ip4/0.0.0.0/udp/${dead.port}/webrtc-direct`, `/ip6/::/udp/${dead.port}/webrtc-direct`] })
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
      const node = await createNode({ listen: [`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct`] })

      expect(node.getMultiaddrs()[0].toString()).to.include(`/udp/${dead.port}/`)
    })

    it('are refused where the port is taken', async () => {
      const dead = await deadPort()

      await expect(createNode({ listen: [`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct`] })).to.eventually.be.rejected()
      dead.close()
    })

    it('get the certhash where they are announced', async () => {
      const node = await createListener({ announce: ['/ip4/192.0.2.1/udp/4001/webrtc-direct'] })

      expect(node.getMultiaddrs().map(ma => ma.toString()).join()).to.match(/^\/ip4\/192\.0\.2\.1\/udp\/4001\/webrtc-direct\/certhash\/uEi/)
    })

    it('can be used again when it is closed', async () => {
      const first = await createListener()
      const port = /udp\/(\d+)/.exec(first.getMultiaddrs()[0].toString())?.[1]
      const dialer = await createNode()
      await dialer.dial(first.getMultiaddrs()[0])
      await first.stop()

      const second = await createNode({ listen: [`/ip4/127.0.0.1/udp/${port}/webrtc-direct`] })
      expect(await echo(await dialer.dial(second.getMultiaddrs()[0]), Uint8Array.of(1))).to.have.lengthOf(1)
    })
  })

  describe('that a dialer goes on asking with the same credentials', () => {
    /**
     * Resolves with whether the listener checks the connection from its side,
     * before it does so for a dialer that asks later
     */
    async function isAnswered (port: number, ufrag: string): Promise<boolean> {
      const asking = [ufrag, generateCredentials(1).client.ufrag].map(ufrag => {
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

    it('sets no second connection up where the first one has failed (rust-libp2p)', async () => {
      const listener = await createListener({ transport: { setupTimeout: 300 } })
      const target = parseDialTarget(listener.getMultiaddrs()[0])
      const credentials = generateCredentials(1)
      const closed = Promise.withResolvers<void>()

      // takes no part in the Noise handshake
      const peer = dialPeer(target, credentials, { log: listener.logger.forComponent('test'), maxBufferedAmount: 1, mtu: 1_280 })
      peer.attach({ onChannel () {}, onClosed: () => { closed.resolve() } })
      await peer.connected(AbortSignal.timeout(10_000))
      await closed.promise
      await peer.close()

      expect(await isAnswered(target.port, credentials.client.ufrag)).to.be.false()
    })

    it('sets one up where the dialer has not answered before', async () => {
      const listener = await createListener({ transport: { setupTimeout: 300 } })
      const { port } = parseDialTarget(listener.getMultiaddrs()[0])
      const { ufrag } = generateCredentials(1).client

      expect(await isAnswered(port, ufrag)).to.be.true()

      await untilFree()

      expect(await isAnswered(port, ufrag)).to.be.true()
    })
  })
})
