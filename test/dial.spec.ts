import { generateKeyPair } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { base64url } from 'multiformats/bases/base64'
import * as Digest from 'multiformats/hashes/digest'
import { pEvent } from 'p-event'
import { encodeCerthash } from '../src/wire/address.ts'
import { createListener, createNode, deadPort, echo, LOOPBACK, stopNodes } from './support/loopback-nodes.ts'
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * The address with another certhash
 */
function withOtherCerthash (ma: Multiaddr, certhash: string): Multiaddr {
  return multiaddr(ma.toString().replace(/certhash\/[^/]+/, `certhash/${certhash}`))
}

describe('a dial', () => {
  afterEach(stopNodes)

  for (const listen of [LOOPBACK, '/ip6/::1/udp/0/webrtc-direct']) {
    it(`reaches a listener over ${listen}`, async () => {
      const listener = await createNode({ listen: [listen] })
      const dialer = await createNode()
      const data = new Uint8Array(1_000_000).map((_, i) => i % 251)
      const connection = await dialer.dial(listener.getMultiaddrs()[0])

      expect(connection.remotePeer.equals(listener.peerId)).to.be.true()
      expect(Buffer.compare(await echo(connection, data), data)).to.equal(0)
      expect(await dialer.services.ping.ping(listener.peerId)).to.be.at.least(0)
      expect(await listener.services.ping.ping(dialer.peerId)).to.be.at.least(0)
    })
  }

  it('reaches each of several listeners of one process, on its own port and socket', async () => {
    const listeners = await Promise.all([createNode({ listen: [LOOPBACK, LOOPBACK] }), createListener()])
    const dialer = await createNode()
    const addresses = listeners.flatMap(node => node.getMultiaddrs())

    expect(new Set(addresses.map(ma => /udp\/(\d+)/.exec(ma.toString())?.[1]))).to.have.lengthOf(3)

    await Promise.all(addresses.map(async ma => {
      const connection = await dialer.dial(ma, { force: true })
      expect(await echo(connection, Uint8Array.of(1, 2, 3))).to.have.lengthOf(3)
    }))
  })

  it('lets the listener open streams, too', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const opened = pEvent<'connection:open', CustomEvent<Connection>>(listener, 'connection:open')
    await dialer.dial(listener.getMultiaddrs()[0])
    const { detail: connection } = await opened

    expect(await echo(connection, new Uint8Array(100_000))).to.have.lengthOf(100_000)
  })

  it('reaches a listener that many dial at once', async () => {
    const listener = await createListener()
    const dialers = await Promise.all(Array.from({ length: 20 }, async () => createNode()))

    await Promise.all(dialers.map(async dialer => {
      const connection = await dialer.dial(listener.getMultiaddrs()[0])
      expect(await echo(connection, new Uint8Array(10_000))).to.have.lengthOf(10_000)
    }))
  })

  it('takes any one of several certhashes', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const other = encodeCerthash(new Uint8Array(32))
    const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace('/certhash/', `/certhash/${other}/certhash/`))

    expect(await echo(await dialer.dial(ma), Uint8Array.of(1))).to.have.lengthOf(1)
  })

  it('needs no peer id in the address', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace(/\/p2p\/.*/, ''))

    expect((await dialer.dial(ma)).remotePeer.equals(listener.peerId)).to.be.true()
  })

  it('ends when both nodes are stopped meanwhile', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const dial = dialer.dial(listener.getMultiaddrs()[0]).catch(err => err)

    await Promise.all([dialer.stop(), listener.stop()])

    expect(await dial).to.be.ok()
  })

  describe('that fails leaves nothing behind, and names the phase', () => {
    it('noise, where another peer answers', async () => {
      const listener = await createListener()
      const dialer = await createNode()
      const other = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
      const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace(/p2p\/.*/, `p2p/${other}`))

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'UnexpectedPeerError', phase: 'noise' })
    })

    it('noise, where another peer answers and its id does not hold its key', async () => {
      const listener = await createListener()
      const dialer = await createNode()
      const other = peerIdFromPrivateKey(await generateKeyPair('RSA', 2048))
      const ma = multiaddr(listener.getMultiaddrs()[0].toString().replace(/p2p\/.*/, `p2p/${other}`))

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'UnexpectedPeerError', phase: 'noise' })
    })

    it('dtls, where another certificate is presented', async () => {
      const listener = await createListener()
      const dialer = await createNode()
      const ma = withOtherCerthash(listener.getMultiaddrs()[0], encodeCerthash(new Uint8Array(32)))

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'CertificateMismatchError', phase: 'dtls' })
    })

    it('dtls, where none of several certhashes fits', async () => {
      const listener = await createListener()
      const dialer = await createNode()
      const wrong = [1, 2].map(byte => encodeCerthash(new Uint8Array(32).fill(byte))).join('/certhash/')
      const ma = withOtherCerthash(listener.getMultiaddrs()[0], wrong)

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'CertificateMismatchError', phase: 'dtls' })
    })

    it('address, before any packet is sent, where the hash function is another', async () => {
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

    it('ice, within the deadline, where nobody answers', async () => {
      const dead = await deadPort()
      const dialer = await createNode({ transport: { setupTimeout: 500 } })
      const ma = multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`)
      const start = performance.now()

      const err = await dialer.dial(ma).catch(err => err)
      expect(err).to.include({ name: 'SetupTimeoutError', phase: 'ice' })
      expect(performance.now() - start).to.be.lessThan(2_000)
      expect(dead.packets).to.be.greaterThan(0)
      dead.close()
    })

    it('ice, where the signal is aborted', async () => {
      const dead = await deadPort()
      const dialer = await createNode()
      const ma = multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`)
      const controller = new AbortController()
      const dial = (dialer as any).components.transportManager.dial(ma, { signal: controller.signal }).catch((err: Error) => err)
      await dead.asked
      controller.abort()

      expect(await dial).to.include({ name: 'AbortError', phase: 'ice' })
      dead.close()
    })
  })
})
