import { expect } from 'aegir/chai'
import { listenAddresses, parseAnnounceAddress, parseBytes, parseCount, parseDialerVersion, parseHost, parseListenAddress, parsePeerAddress, parsePort, parseSeconds } from '../../src/cli/arguments.ts'

const CERTHASH = 'certhash/uEiB4DHLLDSkAlDRoOBQVwg2xI2ghg6wNOnDwdnO9L-Uy6Q'
const PEER = 'p2p/12D3KooWGe1pN1R835XBJvijq1jtCbi3vR46dNTYK1ArECpVNyxi'

describe('the arguments of the command line', () => {
  it('know the versions of the protocol', () => {
    expect(['auto', '1', '2'].map(parseDialerVersion)).to.deep.equal(['auto', 1, 2])

    for (const text of ['', '0', '3', '1.0', 'v1', '2 ']) {
      expect(() => parseDialerVersion(text), text).to.throw('auto, 1 or 2')
    }
  })

  describe('the address of a peer', () => {
    for (const text of [
      `/ip4/192.0.2.1/udp/9000/webrtc-direct/${CERTHASH}/${PEER}`,
      `/ip6/2001:db8::1/udp/9000/webrtc-direct/${CERTHASH}/${PEER}`,
      `/ip4/192.0.2.1/udp/9000/webrtc-direct/${CERTHASH}`,
      `/dns/example.com/udp/9000/webrtc-direct/${CERTHASH}/${PEER}`,
      `/dns4/example.com/udp/9000/webrtc-direct/${CERTHASH}`,
      `/dns6/example.com/udp/9000/webrtc-direct/${CERTHASH}/${PEER}`,
      '/dnsaddr/example.com',
      `/dnsaddr/example.com/${PEER}`
    ]) {
      it(`can be ${text}`, () => {
        expect(parsePeerAddress(text).toString()).to.equal(text)
      })
    }

    for (const [text, message] of [
      ['', 'not of webrtc-direct'],
      ['example.com:9000', 'not a multiaddr'],
      ['/ip4/300.0.0.1/udp/9000/webrtc-direct', 'not a multiaddr'],
      [`/ip4/192.0.2.1/tcp/9000/${PEER}`, 'not of webrtc-direct'],
      [`/ip4/192.0.2.1/udp/9000/quic-v1/${PEER}`, 'not of webrtc-direct'],
      [`/${PEER}`, 'not of webrtc-direct'],
      [`/ip4/192.0.2.1/udp/9000/webrtc-direct/${PEER}`, 'no /certhash'],
      [`/dns4/example.com/udp/9000/webrtc-direct/${PEER}`, 'no /certhash'],
      [`/dns4/example.com/udp/0/webrtc-direct/${CERTHASH}`, 'port 0'],
      [`/dnsaddr/example.com/udp/9000/webrtc-direct/${CERTHASH}`, 'does not start with'],
      ['/ip4/192.0.2.1/udp/9000/webrtc-direct/certhash/uEiB4DHLL', 'certhash']
    ]) {
      it(`can't be ${text === '' ? 'empty' : text}`, () => {
        expect(() => parsePeerAddress(text)).to.throw(message)
          .with.property('name', 'UsageError')
      })
    }
  })

  describe('the addresses to listen on', () => {
    it('are all interfaces of both families by default', () => {
      expect(listenAddresses(9000).map(address => address.toString())).to.deep.equal([
        '/ip4/0.0.0.0/udp/9000/webrtc-direct',
        '/ip6/::/udp/9000/webrtc-direct'
      ])
    })

    it('are those of one host', () => {
      expect(`${listenAddresses(0, '127.0.0.1')}`).to.equal('/ip4/127.0.0.1/udp/0/webrtc-direct')
      expect(`${listenAddresses(0, '::1')}`).to.equal('/ip6/::1/udp/0/webrtc-direct')
    })

    it('are collected', () => {
      const first = parseListenAddress('/ip4/127.0.0.1/udp/0/webrtc-direct')

      expect(parseListenAddress('/ip6/::1/udp/0/webrtc-direct', first)).to.have.lengthOf(2)
    })
  })

  it('an address to listen on has no name', () => {
    expect(() => parseListenAddress('/dns4/example.com/udp/9000/webrtc-direct')).to.throw('needs an IP address')
      .with.property('name', 'UsageError')
  })

  it('an address to announce may have one', () => {
    expect(parseAnnounceAddress('/dns4/example.com/udp/9000/webrtc-direct').toString()).to.equal('/dns4/example.com/udp/9000/webrtc-direct')
  })

  for (const [what, parse, good, bad] of [
    ['a host', parseHost, ['127.0.0.1', '::1'], ['', 'localhost', '127.0.0']],
    ['a port', parsePort, ['0', '65535'], ['', '-1', '65536', '1.5', '0x10', '1e3']],
    ['a count', parseCount, ['0', '4', '1000000000'], ['', '-1', '1.5', 'four', 'Infinity', '1000000001']],
    ['a size', parseBytes, ['0', '1', '64MiB', '9007199254740991', '8191TiB'], ['', '-1', '1.5', '64 MiB', '64M', '64mib', 'MiB', '0x10', '9007199254740992', '8192TiB', '1toString']],
    ['a time', parseSeconds, ['1', '0.2', '.5', '2000000'], ['', '0', '-1', '1s', 'Infinity', '2000001']]
  ] as const) {
    for (const text of good) {
      it(`${what} can be "${text}"`, () => {
        expect(() => parse(text)).to.not.throw()
      })
    }

    for (const text of bad) {
      it(`${what} can't be "${text}"`, () => {
        expect(() => parse(text)).to.throw().with.property('code', 'commander.invalidArgument')
      })
    }
  }

  it('reads sizes in decimal and binary units', () => {
    expect(['7', '7B', '2kB', '2KiB', '3MB', '3MiB', '1GB', '1GiB'].map(parseBytes)).to.deep.equal([
      7, 7, 2000, 2048, 3_000_000, 3_145_728, 1_000_000_000, 1_073_741_824
    ])
  })

  it('reads times as whole ms', () => {
    expect(parseSeconds('0.25')).to.equal(250)
    expect(parseSeconds('0.0001')).to.equal(1)
  })
})
