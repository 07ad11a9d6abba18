import { generateKeyPair } from '@libp2p/crypto/keys'
import { InvalidParametersError, UnsupportedOperationError } from '@libp2p/interface'
import { defaultLogger } from '@libp2p/logger'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { PrivateNetworkError, WebRTCUnavailableError } from '../../src/errors.ts'
import { webRTCDirect } from '../../src/index.browser.ts'
import { resolveName } from '../../src/names.browser.ts'
import { encodeCerthash } from '../../src/wire/address.ts'
import { fakeBrowser } from '../support/fake-connection.ts'
import type { WebRTCDirectInit } from '../../src/index.browser.ts'
import type { FakeBrowser } from '../support/fake-connection.ts'
import type { Transport } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

const signal = new AbortController().signal

describe('the transport in a page', () => {
  const certhash = encodeCerthash(new Uint8Array(32))
  const addresses = [
    `/ip4/192.0.2.1/udp/9/webrtc-direct/certhash/${certhash}`,
    `/ip6/2001:db8::1/udp/9/webrtc-direct/certhash/${certhash}`,
    `/dns4/example.test/udp/9/webrtc-direct/certhash/${certhash}`
  ].map(address => multiaddr(address))

  let browser: FakeBrowser

  beforeEach(() => {
    browser = fakeBrowser()
  })

  afterEach(() => {
    browser.restore()
  })

  async function create (init?: WebRTCDirectInit, components = {}): Promise<Transport> {
    const privateKey = await generateKeyPair('Ed25519')

    return webRTCDirect(init)({ privateKey, peerId: peerIdFromPrivateKey(privateKey), logger: defaultLogger(), ...components })
  }

  async function dial (transport: Transport, ma: Multiaddr): Promise<unknown> {
    return transport.dial(ma, { signal, upgrader: {} as any })
  }

  it('dials what the one for Node.js dials', async () => {
    const transport = await create()

    expect(transport.dialFilter(addresses)).to.deep.equal(addresses)
    expect(transport.dialFilter([multiaddr('/ip4/192.0.2.1/tcp/9'), multiaddr('/ip4/192.0.2.1/udp/9/quic-v1')])).to.be.empty()
  })

  it('dials nothing where there is no WebRTC, and says so to who tries', async () => {
    const transport = await create()
    Object.assign(globalThis, { RTCPeerConnection: undefined })

    expect(transport.dialFilter(addresses)).to.be.empty()
    await expect(dial(transport, addresses[0])).to.eventually.be.rejectedWith(WebRTCUnavailableError, /workers/)
  })

  it('listens to nothing', async () => {
    const transport = await create()

    expect(transport.listenFilter(addresses)).to.be.empty()
    expect(() => transport.createListener({ upgrader: {} as any })).to.throw(UnsupportedOperationError, /page can not listen/)
  })

  it('takes the options of the one for Node.js, and refuses the same', async () => {
    await create({ certificate: 'generated', certificateLifespan: 1_000, maxPendingConnections: 3, dialerVersion: 2 })

    await expect(create({ maxInboundStreams: -1 })).to.eventually.be.rejectedWith(InvalidParametersError)
  })

  it('is not for private networks', async () => {
    const transport = await create({}, { connectionProtector: {} })

    await expect(dial(transport, addresses[0])).to.eventually.be.rejectedWith(PrivateNetworkError)
  })

  describe('with a name', () => {
    const target = { name: 'example.test', port: 9, families: [6, 4] as const }

    const dns = {
      async query (name: string, { types }: { types: number[] }) {
        return { Answer: [{ type: 1, data: '192.0.2.1' }, { type: 28, data: '2001:db8::1' }, { type: 1, data: '192.0.2.2' }].filter(({ type }) => types.includes(type)) }
      }
    }

    it('leaves it to the browser', async () => {
      expect(await resolveName(target, {}, signal)).to.deep.equal([{ host: 'example.test', port: 9, family: 6 }])
    })

    it('asks the dns of the node where it has one', async () => {
      const hosts = async (families: Array<4 | 6>): Promise<string[]> =>
        (await resolveName({ ...target, families }, { dns }, signal)).map(({ host }) => host)

      expect(await hosts([6, 4])).to.deep.equal(['2001:db8::1', '192.0.2.1', '192.0.2.2'])
      expect(await hosts([4])).to.deep.equal(['192.0.2.1', '192.0.2.2'])
    })

    it('says that the dns of the node does not know it', async () => {
      await expect(resolveName(target, { dns: { async query () { throw new Error('NXDOMAIN') } } }, signal)).to.eventually.be.rejectedWith('could not find the address of example.test: NXDOMAIN')
      await expect(resolveName(target, { dns: { async query () { return { Answer: [] } } } }, signal)).to.eventually.be.rejectedWith('example.test has no IPv6 or IPv4 address')
    })

    it('knows the loopback addresses, and what is no name', async () => {
      expect(await resolveName({ ...target, name: 'localhost', families: [4] }, { dns }, signal)).to.deep.equal([{ host: '127.0.0.1', port: 9, family: 4 }])
      expect(await resolveName({ ...target, name: '192.0.2.9', families: [6, 4] }, { dns }, signal)).to.deep.equal([{ host: '192.0.2.9', port: 9, family: 4 }])
    })
  })
})
