/**
 * Multiaddrs of webrtc-direct:
 * `/ip4|ip6/<ip>/udp/<port>/webrtc-direct/certhash/<multibase multihash>[/certhash/…][/p2p/<peer id>]`,
 * or with a name, `/dns|dns4|dns6/<name>/udp/…`
 */
import { InvalidMultiaddrError, InvalidParametersError } from '@libp2p/interface'
import { CODE_CERTHASH, CODE_DNS, CODE_DNS4, CODE_DNS6, CODE_IP4, CODE_IP6, CODE_P2P, CODE_UDP, CODE_WEBRTC_DIRECT, multiaddr } from '@multiformats/multiaddr'
import { base64url } from 'multiformats/bases/base64'
import { bases } from 'multiformats/basics'
import * as Digest from 'multiformats/hashes/digest'
import { sha256 } from 'multiformats/hashes/sha2'
import { concat } from 'uint8arrays/concat'
import { UnsupportedHashError } from '../errors.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { MultibaseDecoder, MultihashDigest } from 'multiformats'

const SHA_256_LENGTH = 32

const FAMILIES: Partial<Record<number, NamedEndpoint['families']>> = {
  [CODE_DNS]: [6, 4],
  [CODE_DNS4]: [4],
  [CODE_DNS6]: [6]
}

const multibaseDecoders = new Map<string, MultibaseDecoder<string>>(
  Object.values(bases).map(base => [base.prefix, base.decoder])
)

export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly family: 4 | 6
}

/**
 * An endpoint whose IP address somebody else knows
 */
export interface NamedEndpoint {
  readonly name: string
  readonly port: number

  /**
   * The versions of IP that the address allows
   */
  readonly families: ReadonlyArray<4 | 6>
}

/**
 * Who a dialer expects to answer
 */
export interface Expectation {
  /**
   * The sha-256 digests of the certificates that the listener may present
   */
  readonly fingerprints: readonly [Uint8Array, ...Uint8Array[]]

  /**
   * The peer that should answer, if the address names it
   */
  readonly peerId?: string
}

export interface DialTarget extends Endpoint, Expectation {}

export interface NamedDialTarget extends NamedEndpoint, Expectation {}

/**
 * The IP address and port of a multiaddr
 *
 * @throws {InvalidMultiaddrError} if it does not start with /ip4 or /ip6 and /udp
 */
export function parseEndpoint (ma: Multiaddr): Endpoint {
  const [ip, udp] = ma.getComponents().filter(({ name }) => name !== 'ip6zone')

  if ((ip?.code !== CODE_IP4 && ip?.code !== CODE_IP6) || ip.value == null || udp?.code !== CODE_UDP || udp.value == null) {
    throw new InvalidMultiaddrError(`address: ${ma} does not start with /ip4/…/udp/… or /ip6/…/udp/…${FAMILIES[ip?.code] == null ? '' : ': a listener needs an IP address, and can announce a name'}`)
  }

  return {
    host: ip.value,
    port: parseInt(udp.value, 10),
    family: ip.code === CODE_IP4 ? 4 : 6
  }
}

/**
 * Everything that a dialer needs to know of an address
 *
 * @throws {InvalidMultiaddrError} if a part is missing or malformed
 * @throws {UnsupportedHashError} if no certhash is sha-256
 */
export function parseDialTarget (ma: Multiaddr): DialTarget {
  const expectation = parseExpectation(ma)

  return { ...dialable(parseEndpoint(ma), ma), ...expectation }
}

/**
 * The same of an address with a name, and `undefined` of any other
 *
 * @throws {InvalidMultiaddrError} if a part is missing or malformed
 * @throws {UnsupportedHashError} if no certhash is sha-256
 */
export function parseNamedDialTarget (ma: Multiaddr): NamedDialTarget | undefined {
  const [dns, udp] = ma.getComponents()
  const families = FAMILIES[dns?.code]

  if (families == null || dns.value == null || udp?.code !== CODE_UDP || udp.value == null) {
    return
  }

  const expectation = parseExpectation(ma)

  return { ...dialable({ name: dns.value, port: parseInt(udp.value, 10), families }, ma), ...expectation }
}

function dialable <T extends { port: number }> (endpoint: T, ma: Multiaddr): T {
  if (endpoint.port === 0) {
    throw new InvalidMultiaddrError(`address: ${ma} has port 0, nobody can listen there`)
  }

  return endpoint
}

function parseExpectation (ma: Multiaddr): Expectation {
  const components = ma.getComponents()
  const digests = components
    .filter(({ code }) => code === CODE_CERTHASH)
    .map(({ value }) => decodeCerthash(value ?? '', ma))

  if (digests.length === 0) {
    throw new InvalidMultiaddrError(`address: ${ma} has no /certhash/…, which holds the hash of the certificate of the listener: copy the address from the listener`)
  }

  const [first, ...others] = digests
    .filter(({ code, digest }) => code === sha256.code && digest.byteLength === SHA_256_LENGTH)
    .map(({ digest }) => digest)

  if (first == null) {
    const { code, digest } = digests[0]

    if (code === sha256.code) {
      throw new InvalidMultiaddrError(`address: the certhash of ${ma} has ${digest.byteLength} bytes, sha-256 has ${SHA_256_LENGTH}`)
    }

    throw new UnsupportedHashError(`address: the certhash of ${ma} uses the hash function ${hashName(code)}, only sha-256 is supported`)
  }

  return {
    fingerprints: [first, ...others],
    peerId: components.findLast(({ code }) => code === CODE_P2P)?.value
  }
}

function decodeCerthash (certhash: string, ma: Multiaddr): MultihashDigest {
  const decoder = multibaseDecoders.get(certhash[0])

  if (decoder == null) {
    throw new InvalidMultiaddrError(`address: the certhash of ${ma} is not multibase`)
  }

  try {
    return Digest.decode(decoder.decode(certhash))
  } catch (err: any) {
    throw new InvalidMultiaddrError(`address: the certhash of ${ma} is not a multihash - ${err.message}`)
  }
}

/**
 * Names from the multicodec table, for those that people put into SDP
 * (RFC 8122 section 5)
 */
function hashName (code: number): string {
  const names: Record<number, string> = { 0x11: 'sha-1', 0x13: 'sha-512', 0x20: 'sha-384', 0xd5: 'md5' }

  return names[code] ?? `0x${code.toString(16)}`
}

/**
 * The certhash of a sha-256 fingerprint: multibase base64url of the multihash
 */
export function encodeCerthash (fingerprint: Uint8Array): string {
  return base64url.encode(Digest.create(sha256.code, fingerprint).bytes)
}

/**
 * Adds certhashes of a listener to an address that it announces, where there is
 * none
 */
export function withCerthash (ma: Multiaddr, ...certhashes: string[]): Multiaddr {
  const components = ma.getComponents()
  const index = components.findIndex(({ code }) => code === CODE_WEBRTC_DIRECT)

  if (index === -1) {
    throw new InvalidParametersError(`${ma} is not a webrtc-direct address`)
  }

  if (components[index + 1]?.code === CODE_CERTHASH) {
    return ma
  }

  components.splice(index + 1, 0, ...certhashes.map(value => ({ code: CODE_CERTHASH, name: 'certhash', value })))

  return multiaddr(components)
}

/**
 * The address of the other end of an incoming connection
 */
export function dialerAddress (host: string, port: number): Multiaddr {
  return multiaddr(`/ip${host.includes(':') ? 6 : 4}/${host}/udp/${port}/webrtc-direct`)
}

/**
 * Both ends put the fingerprints of both DTLS certificates into the Noise
 * handshake, which binds it to the DTLS connection: "Connection Security" in
 * https://github.com/libp2p/specs/blob/master/webrtc/webrtc-direct.md
 */
export function noisePrologue (clientFingerprint: Uint8Array, serverFingerprint: Uint8Array): Uint8Array {
  return concat([
    new TextEncoder().encode('libp2p-webrtc-noise:'),
    Digest.create(sha256.code, clientFingerprint).bytes,
    Digest.create(sha256.code, serverFingerprint).bytes
  ])
}
