import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { base58btc } from 'multiformats/bases/base58'
import { base64url } from 'multiformats/bases/base64'
import * as Digest from 'multiformats/hashes/digest'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { dialerAddress, encodeCerthash, noisePrologue, parseDialTarget, parseEndpoint, parseNamedDialTarget, withCerthash } from '../../src/wire/address.ts'

const SHA_1 = 0x11
const SHA_256 = 0x12
const SHA_512 = 0x13

const ONE = new Uint8Array(32).fill(1)
const TWO = new Uint8Array(32).fill(2)
const PEER = '12D3KooWPnyZQSVdBFD2fvvWBV6taU6jQVECVVtCpefpJGCBzFi9'

function certhash (code: number, digest: Uint8Array): string {
  return base64url.encode(Digest.create(code, digest).bytes)
}

describe('dial targets', () => {
  const ADDRESS = `/ip4/192.0.2.1/udp/4001/webrtc-direct/certhash/${certhash(SHA_256, ONE)}`

  function target (address: string): ReturnType<typeof parseDialTarget> {
    return parseDialTarget(multiaddr(address))
  }

  it('have a host, a port and the fingerprint of the certificate', () => {
    expect(target(ADDRESS)).to.deep.equal({
      host: '192.0.2.1',
      port: 4001,
      family: 4,
      fingerprints: [ONE],
      peerId: undefined
    })
  })

  it('may be IPv6', () => {
    expect(target(ADDRESS.replace('/ip4/192.0.2.1', '/ip6/2001:db8::1'))).to.include({ host: '2001:db8::1', family: 6 })
  })

  it('may be IPv6 in a zone', () => {
    expect(target(ADDRESS.replace('/ip4/192.0.2.1', '/ip6zone/eth0/ip6/fe80::1'))).to.include({ host: 'fe80::1', family: 6 })
  })

  it('may name the peer', () => {
    expect(target(`${ADDRESS}/p2p/${PEER}`)).to.have.property('peerId', PEER)
  })

  it('may have several certhashes', () => {
    expect(target(`${ADDRESS}/certhash/${certhash(SHA_256, TWO)}`)).to.have.deep.property('fingerprints', [ONE, TWO])
  })

  it('may have certhashes that are not supported, if there is one that is', () => {
    const other = certhash(SHA_512, new Uint8Array(64))

    expect(target(`${ADDRESS}/certhash/${other}`)).to.have.deep.property('fingerprints', [ONE])
    expect(target(ADDRESS.replace('/certhash/', `/certhash/${other}/certhash/`))).to.have.deep.property('fingerprints', [ONE])
  })

  it('may have a certhash in any base', () => {
    const { bytes } = Digest.create(SHA_256, ONE)

    expect(target(`/ip4/192.0.2.1/udp/4001/webrtc-direct/certhash/${base58btc.encode(bytes)}`)).to.have.deep.property('fingerprints', [ONE])
  })

  const REFUSED: Array<[what: string, address: string, name: string, reason: RegExp]> = [
    ['without certhash', '/ip4/192.0.2.1/udp/4001/webrtc-direct', 'InvalidMultiaddrError', /has no \/certhash/],
    ['with a certhash of sha-512', withHash(SHA_512, 64), 'UnsupportedHashError', /hash function sha-512, only sha-256/],
    ['with a certhash of sha-1', withHash(SHA_1, 20), 'UnsupportedHashError', /hash function sha-1, only sha-256/],
    ['with a certhash of an unknown function', withHash(0x7777, 32), 'UnsupportedHashError', /hash function 0x7777, only sha-256/],
    ['with a sha-256 digest of another length', withHash(SHA_256, 31), 'InvalidMultiaddrError', /has 31 bytes, sha-256 has 32/],
    ['with a certhash that is not a multihash', withCerthashOf(base64url.encode(Uint8Array.of(SHA_256, 32, 1))), 'InvalidMultiaddrError', /not a multihash/],
    ['with port 0', ADDRESS.replace('4001', '0'), 'InvalidMultiaddrError', /port 0/],
    ['with a name instead of an IP address', ADDRESS.replace('/ip4/192.0.2.1', '/dns4/example.com'), 'InvalidMultiaddrError', /does not start with/],
    ['with tcp instead of udp', ADDRESS.replace('/udp/', '/tcp/'), 'InvalidMultiaddrError', /does not start with/]
  ]

  function withCerthashOf (value: string): string {
    return `/ip4/192.0.2.1/udp/4001/webrtc-direct/certhash/${value}`
  }

  function withHash (code: number, length: number): string {
    return withCerthashOf(certhash(code, new Uint8Array(length)))
  }

  for (const [what, address, name, reason] of REFUSED) {
    it(`are refused ${what}`, () => {
      expect(() => target(address)).to.throw(reason).with.property('name', name)
    })
  }

  for (const [protocol, families] of [['dns', [6, 4]], ['dns4', [4]], ['dns6', [6]]] as const) {
    it(`may have a name: /${protocol}`, () => {
      expect(parseNamedDialTarget(multiaddr(ADDRESS.replace('/ip4/192.0.2.1', `/${protocol}/example.com`)))).to.deep.equal({
        name: 'example.com',
        port: 4001,
        families,
        fingerprints: [ONE],
        peerId: undefined
      })
    })
  }

  it('have no name where there is an IP address', () => {
    expect(parseNamedDialTarget(multiaddr(ADDRESS))).to.be.undefined()
    expect(parseNamedDialTarget(multiaddr(ADDRESS.replace('/ip4/192.0.2.1', '/ip6zone/eth0/ip6/fe80::1')))).to.be.undefined()
  })

  it('with a name are refused for the same reasons', () => {
    for (const [, address, name, reason] of REFUSED.filter(([, address]) => address.includes('/ip4/') && address.includes('/udp/'))) {
      expect(() => parseNamedDialTarget(multiaddr(address.replace('/ip4/192.0.2.1', '/dns4/example.com')))).to.throw(reason).with.property('name', name)
    }
  })

  it('are refused in the phase `address`, before anything is sent', () => {
    expect(() => target(withHash(SHA_512, 64))).to.throw(/^address: /).with.property('phase', 'address')
  })
})

describe('endpoints', () => {
  it('may have port 0, to listen on any', () => {
    expect(parseEndpoint(multiaddr('/ip4/0.0.0.0/udp/0/webrtc-direct'))).to.deep.equal({ host: '0.0.0.0', port: 0, family: 4 })
    expect(parseEndpoint(multiaddr('/ip6/::/udp/0/webrtc-direct'))).to.deep.equal({ host: '::', port: 0, family: 6 })
  })

  for (const address of ['/dns4/example.com/udp/1/webrtc-direct', '/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.1', '/webrtc-direct']) {
    it(`are not in ${address}`, () => {
      expect(() => parseEndpoint(multiaddr(address))).to.throw(/does not start with/).with.property('name', 'InvalidMultiaddrError')
    })
  }
})

describe('certhashes', () => {
  it('are base64url of the multihash', () => {
    expect(encodeCerthash(ONE)).to.equal('uEiABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ')
  })

  it('are what a dialer reads', () => {
    const ma = withCerthash(multiaddr('/ip4/192.0.2.1/udp/4001/webrtc-direct'), encodeCerthash(ONE))

    expect(parseDialTarget(ma).fingerprints).to.deep.equal([ONE])
  })

  it('are added to an announced address where they are missing', () => {
    const hash = encodeCerthash(ONE)

    expect(withCerthash(multiaddr('/ip4/192.0.2.1/udp/1/webrtc-direct'), hash).toString())
      .to.equal(`/ip4/192.0.2.1/udp/1/webrtc-direct/certhash/${hash}`)
    expect(withCerthash(multiaddr(`/ip4/192.0.2.1/udp/1/webrtc-direct/p2p/${PEER}`), hash).toString())
      .to.equal(`/ip4/192.0.2.1/udp/1/webrtc-direct/certhash/${hash}/p2p/${PEER}`)
  })

  it('can be several, in their order', () => {
    const ma = withCerthash(multiaddr(`/ip4/192.0.2.1/udp/1/webrtc-direct/p2p/${PEER}`), encodeCerthash(TWO), encodeCerthash(ONE))

    expect(ma.toString()).to.equal(`/ip4/192.0.2.1/udp/1/webrtc-direct/certhash/${encodeCerthash(TWO)}/certhash/${encodeCerthash(ONE)}/p2p/${PEER}`)
    expect(parseDialTarget(ma).fingerprints).to.deep.equal([TWO, ONE])
  })

  it('are left as they are where there is one', () => {
    const ma = multiaddr(`/ip4/192.0.2.1/udp/1/webrtc-direct/certhash/${encodeCerthash(TWO)}`)

    expect(withCerthash(ma, encodeCerthash(ONE)).toString()).to.equal(ma.toString())
  })

  it('are not added to addresses of other transports', () => {
    expect(() => withCerthash(multiaddr('/ip4/192.0.2.1/tcp/1'), encodeCerthash(ONE)))
      .to.throw(/not a webrtc-direct address/).with.property('name', 'InvalidParametersError')
  })
})

describe('addresses of dialers', () => {
  it('have the family of the host', () => {
    expect(dialerAddress('192.0.2.1', 4001).toString()).to.equal('/ip4/192.0.2.1/udp/4001/webrtc-direct')
    expect(dialerAddress('2001:db8::1', 4001).toString()).to.equal('/ip6/2001:db8::1/udp/4001/webrtc-direct')
  })
})

describe('the Noise prologue', () => {
  it('is that of the test vector of the specification', () => {
    const client = fromString('3e79af40d6059617a0d83b83a52ce73b0c1f37a72c6043ad2969e2351bdca870', 'base16')
    const server = fromString('30fc9f469c207419dfdd0aab5f27a86c973c94e40548db9375cca2e915973b99', 'base16')

    // do not update it: it is what other implementations compute
    expect(toString(noisePrologue(client, server), 'base16')).to.equal(
      '6c69627032702d7765627274632d6e6f6973653a' +
      '12203e79af40d6059617a0d83b83a52ce73b0c1f37a72c6043ad2969e2351bdca870' +
      '122030fc9f469c207419dfdd0aab5f27a86c973c94e40548db9375cca2e915973b99'
    )
  })
})
