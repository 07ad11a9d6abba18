import { generateKeyPair } from '@libp2p/crypto/keys'
import { keychain } from '@libp2p/keychain'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { MemoryDatastore } from 'datastore-core'
import { Key } from 'interface-datastore'
import { createLibp2p } from 'libp2p'
import { pEvent } from 'p-event'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { acceptPeer } from '../../src/native/connect.ts'
import { openMux } from '../../src/native/sockets.ts'
import { WebRTCDirectTransport } from '../../src/transport.ts'
import { encodeCerthash } from '../../src/wire/address.ts'
import { parseCredentials } from '../../src/wire/credentials.ts'
import { exchange, sendBack } from '../support/exchange.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { untilFree } from '../support/until-free.ts'
import type { DateClock } from '../../src/clock.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { WebRTCDirectComponents } from '../../src/transport.ts'
import type { Connection, Libp2p, PeerUpdate, PrivateKey } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Datastore } from 'interface-datastore'

const DAY = 24 * 60 * 60 * 1_000

// certificates know no fractions of a second
const NOW = Math.ceil(Date.now() / 1_000) * 1_000
const ECHO = '/test/echo/1.0.0'
const LOOPBACK = '/ip4/127.0.0.1/udp/0/webrtc-direct'

const nodes: Libp2p[] = []

interface NodeInit {
  listen?: string[]
  announce?: string[]
  privateKey?: PrivateKey
  datastore?: Datastore
  clock?: DateClock
}

async function createNode (init?: WebRTCDirectInit, { listen = [LOOPBACK], announce, privateKey, datastore, clock }: NodeInit = {}): Promise<Libp2p> {
  const node = await createLibp2p({
    privateKey,
    datastore,
    addresses: { listen, announce },
    transports: [(components: any) => new WebRTCDirectTransport(components as WebRTCDirectComponents, init, clock)],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
    services: { keychain: keychain({ pass: 'a password of some length' }) }
  })
  nodes.push(node)
  await node.handle(ECHO, sendBack)

  return node
}

async function echo (connection: Connection): Promise<void> {
  const stream = await connection.newStream(ECHO)

  expect(await exchange(stream, Uint8Array.of(1, 2, 3))).to.have.lengthOf(3)
}

function certhashes (ma: Multiaddr): string[] {
  return ma.getComponents().filter(({ name }) => name === 'certhash').map(({ value }) => value ?? '')
}

async function certhashOf (key: PrivateKey): Promise<string> {
  return encodeCerthash((await deriveCertificate(key)).fingerprint)
}

describe('an address that stays', () => {
  afterEach(async () => {
    await Promise.all(nodes.splice(0).map(async node => node.stop()))

    // nothing is left behind
    await untilFree()
  })

  describe('by default', () => {
    for (const [type, generate] of [
      ['Ed25519', async () => generateKeyPair('Ed25519')],
      ['secp256k1', async () => generateKeyPair('secp256k1')],
      ['RSA', async () => generateKeyPair('RSA', 2048)]
    ] as Array<[string, () => Promise<PrivateKey>]>) {
      it(`follows from the key of the node: ${type}`, async () => {
        const privateKey = await generate()
        const first = await createNode({}, { privateKey })
        const [, port] = /udp\/(\d+)/.exec(first.getMultiaddrs()[0].toString()) ?? []
        const addresses = first.getMultiaddrs().map(ma => ma.toString())
        await first.stop()

        const second = await createNode({}, { privateKey, listen: [`/ip4/127.0.0.1/udp/${port}/webrtc-direct`] })
        expect(second.getMultiaddrs().map(ma => ma.toString())).to.deep.equal(addresses)
        expect(certhashes(second.getMultiaddrs()[0])).to.deep.equal([await certhashOf(privateKey)])

        const dialer = await createNode({}, { listen: [] })
        await echo(await dialer.dial(multiaddr(addresses[0])))
      })
    }

    it('is another for another key', async () => {
      const [one, other] = await Promise.all([createNode(), createNode()])

      expect(certhashes(one.getMultiaddrs()[0])).to.not.deep.equal(certhashes(other.getMultiaddrs()[0]))
    })

    it('writes nothing into the datastore', async () => {
      const datastore = new MemoryDatastore()
      await createNode({}, { datastore })

      expect(await datastore.has(new Key('/libp2p/webrtc-direct/certificate'))).to.be.false()
    })
  })

  describe('with a certificate of your own', () => {
    it('has its hash', async () => {
      const certificate = await deriveCertificate(await generateKeyPair('Ed25519'))
      const node = await createNode({ certificate })
      const dialer = await createNode({}, { listen: [] })

      expect(certhashes(node.getMultiaddrs()[0])).to.deep.equal([encodeCerthash(certificate.fingerprint)])
      await echo(await dialer.dial(node.getMultiaddrs()[0]))
    })

    it('is an error that says why where that is not usable: the node does not start', async () => {
      const { pem } = await deriveCertificate(await generateKeyPair('Ed25519'))
      const { privateKey } = await deriveCertificate(await generateKeyPair('Ed25519'))

      await expect(createNode({ certificate: { pem, privateKey } }, { listen: [] })).to.eventually.be.rejectedWith('certificate.privateKey: it is not the key of certificate.pem')
        .and.have.property('name', 'InvalidParametersError')
    })
  })

  describe('with a certificate that is generated', () => {
    it('stays while the certificate does', async () => {
      const datastore = new MemoryDatastore()
      const privateKey = await generateKeyPair('Ed25519')
      const first = await createNode({ certificate: 'generated' }, { datastore, privateKey })
      const before = certhashes(first.getMultiaddrs()[0])
      await first.stop()
      const second = await createNode({ certificate: 'generated' }, { datastore, privateKey })

      expect(certhashes(second.getMultiaddrs()[0])).to.deep.equal(before)
      expect(before).to.not.deep.equal([await certhashOf(privateKey)])
    })

    it('is one for all listeners of a node', async () => {
      const node = await createNode({ certificate: 'generated' }, { listen: [LOOPBACK, LOOPBACK, LOOPBACK] })

      expect(node.getMultiaddrs()).to.have.lengthOf(3)
      expect(new Set(node.getMultiaddrs().flatMap(certhashes))).to.have.lengthOf(1)
    })

    it('is an error that says why where the store can\'t be used: the node does not start', async () => {
      const datastore = new MemoryDatastore()
      await datastore.put(new Key('/libp2p/webrtc-direct/certificate'), Uint8Array.of(1, 2, 3))

      await expect(createNode({ certificate: 'generated' }, { datastore })).to.eventually.be.rejected()
        .and.have.property('name', 'CertificateStoreError')
      expect(await datastore.get(new Key('/libp2p/webrtc-direct/certificate'))).to.equalBytes([1, 2, 3])
    })

    it('changes in two steps: the old one answers until its certificate ends, the new one is announced before, connections stay', async () => {
      const clock = new FakeClock(NOW)
      const node = await createNode({ certificate: 'generated' }, { clock })
      const dialer = await createNode({}, { listen: [] })
      const [old] = node.getMultiaddrs()
      const connection = await dialer.dial(old)
      const [oldHash] = certhashes(old)

      const becomesKnown = nextUpdate(node, 2)
      await clock.advance(13 * DAY)

      const [stillOld, both] = node.getMultiaddrs()
      const [, newHash] = certhashes(both)
      expect(stillOld.toString()).to.equal(old.toString())
      expect(certhashes(both)).to.deep.equal([oldHash, newHash])
      expect(newHash).to.not.equal(oldHash)
      expect(await becomesKnown).to.deep.equal([stillOld, both].map(withoutPeer))

      for (const ma of [old, both]) {
        await echo(await dialer.dial(ma, { force: true }))
      }

      const takesOver = nextUpdate(node, 1)
      await clock.advance(DAY)

      const addresses = node.getMultiaddrs()
      expect(addresses.map(certhashes)).to.deep.equal([[newHash]])
      expect(await takesOver).to.deep.equal(addresses.map(withoutPeer))

      for (const ma of [both, addresses[0]]) {
        await echo(await dialer.dial(ma, { force: true }))
      }

      await expect(dialer.dial(old, { force: true })).to.eventually.be.rejected()
        .and.have.property('name', 'CertificateMismatchError')

      await echo(connection)
    })

    it('has both certhashes where others are announced, too', async () => {
      const clock = new FakeClock(NOW)
      const complete = `/ip4/192.0.2.1/udp/4001/webrtc-direct/certhash/${encodeCerthash(new Uint8Array(32))}`
      const node = await createNode({ certificate: 'generated' }, { clock, listen: [LOOPBACK, LOOPBACK], announce: ['/ip4/192.0.2.1/udp/4001/webrtc-direct', complete, '/ip4/192.0.2.1/tcp/4001'] })
      expect(node.getMultiaddrs().map(ma => certhashes(ma).length)).to.deep.equal([1, 1, 0])

      await clock.advance(13 * DAY)
      expect(node.getMultiaddrs().map(ma => certhashes(ma).length)).to.deep.equal([1, 2, 1, 0])

      await clock.advance(DAY)
      expect(node.getMultiaddrs().map(ma => certhashes(ma).length)).to.deep.equal([1, 1, 0])
    })

    it('changes no more when the node is stopped', async () => {
      const clock = new FakeClock(NOW)
      const node = await createNode({ certificate: 'generated' }, { clock })
      expect(clock.pending).to.equal(1)

      await node.stop()
      expect(clock.pending).to.equal(0)
    })
  })

  it('is for listeners: a dialer has another certificate for each connection', async () => {
    const signal = AbortSignal.timeout(20_000)
    const certificate = await deriveCertificate(await generateKeyPair('Ed25519'))
    const seen: Uint8Array[] = []
    const requests = new Set<string>()
    const dialer = await createNode({}, { listen: [] })
    const log = dialer.logger.forComponent('test')

    // a listener that only looks at the certificate
    const mux = await openMux({ host: '127.0.0.1', port: 0, family: 4 }, (request) => {
      const credentials = parseCredentials(request.serverUfrag, request.clientUfrag)

      if (credentials == null || requests.has(request.clientUfrag)) {
        return
      }

      requests.add(request.clientUfrag)
      const peer = acceptPeer(request, credentials, mux, certificate, { log, maxBufferedAmount: 16_384, mtu: 1_280 })

      void peer.connected(signal).then(async () => {
        seen.push(peer.remoteFingerprint() ?? new Uint8Array())
        await peer.close()
      })
    }, log)

    for (let i = 0; i < 2; i++) {
      const ma = multiaddr(`/ip4/127.0.0.1/udp/${mux.port}/webrtc-direct/certhash/${encodeCerthash(certificate.fingerprint)}`)

      // the listener closes once it has seen the certificate
      await expect(dialer.dial(ma, { signal })).to.eventually.be.rejected()
    }

    expect(seen).to.have.lengthOf(2)
    expect(seen[0]).to.have.lengthOf(32)
    expect(seen[1]).to.have.lengthOf(32)
    expect(seen[0]).to.not.equalBytes(seen[1])
    mux.close()
  })
})

/**
 * The addresses of the next `self:peer:update` that holds that many
 */
async function nextUpdate (node: Libp2p, count: number): Promise<string[]> {
  const { detail } = await pEvent<'self:peer:update', CustomEvent<PeerUpdate>>(node, 'self:peer:update', {
    filter: ({ detail }) => detail.peer.addresses.length === count && detail.previous?.addresses.length !== count
  })

  return detail.peer.addresses.map(({ multiaddr }) => multiaddr.toString())
}

function withoutPeer (ma: Multiaddr): string {
  return ma.toString().replace(/\/p2p\/.*/, '')
}
