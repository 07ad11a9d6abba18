/**
 * Addresses of others
 */
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { encodeCerthash, parseDialTarget, parseEndpoint, parseNamedDialTarget } from '../../../src/wire/address.ts'
import { checkRefusal } from './refusal.ts'

const CERTHASH = encodeCerthash(new Uint8Array(32).fill(7))

export const ADDRESSES = [
  `/ip4/192.0.2.1/udp/9000/webrtc-direct/certhash/${CERTHASH}/p2p/12D3KooWGe1pN1R835XBJvijq1jtCbi3vR46dNTYK1ArECpVNyxi`,
  `/ip6/2001:db8::1/udp/9000/webrtc-direct/certhash/${CERTHASH}`,
  `/ip6zone/eth0/ip6/fe80::1/udp/9000/webrtc-direct/certhash/${CERTHASH}`,
  `/dns4/example.com/udp/9000/webrtc-direct/certhash/${CERTHASH}`,
  '/dnsaddr/example.com'
]

/**
 * A text is an address that can be dialed, or an error that says so
 */
export function checkAddress (text: string): void {
  let address

  try {
    address = multiaddr(text)
  } catch {
    // not one of ours: the library refuses it before
    return
  }

  for (const parse of [parseEndpoint, parseDialTarget, parseNamedDialTarget]) {
    try {
      const target = parse(address)
      expect(target == null || (target.port >= 0 && target.port < 65_536)).to.equal(true)
    } catch (err: any) {
      checkRefusal(err, 'InvalidMultiaddrError', 'UnsupportedHashError')
    }
  }
}
