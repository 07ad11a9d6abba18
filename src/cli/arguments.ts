/**
 * What the words of a command line mean.
 */
import { isIP } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { DNSADDR, WebRTCDirect } from '@multiformats/multiaddr-matcher'
import { InvalidArgumentError } from 'commander'
import { parseDialTarget, parseEndpoint, parseNamedDialTarget } from '../wire/address.ts'
import type { DialerVersion } from '../wire/credentials.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

const MAX_COUNT = 1_000_000_000

// `setTimeout` fires at once for more, in seconds
const MAX_SECONDS = 2_000_000

const UNITS: Record<string, number> = {
  '': 1,
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  TB: 1000 ** 4,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4
}

/**
 * The command can't be carried out as it was given
 */
export class UsageError extends Error {
  static name = 'UsageError'
  name = 'UsageError'
}

/**
 * The address of a peer to dial. What a /dnsaddr stands for is not known yet.
 *
 * @throws {UsageError} if it can't be dialed
 */
export function parsePeerAddress (text: string): Multiaddr {
  const address = parseMultiaddr(text)

  if (!DNSADDR.exactMatch(address)) {
    check(parseWebRTCDirect(text), address => parseNamedDialTarget(address) ?? parseDialTarget(address))
  }

  return address
}

/**
 * @throws {InvalidArgumentError} if it is none
 */
export function parseDialerVersion (text: string): DialerVersion {
  switch (text) {
    case 'auto': return 'auto'
    case '1': return 1
    case '2': return 2
    default: throw new InvalidArgumentError('it must be auto, 1 or 2')
  }
}

/**
 * Collects the addresses to listen on
 *
 * @throws {UsageError} if it is none of this transport
 */
export function parseListenAddress (text: string, previous: Multiaddr[] = []): Multiaddr[] {
  return [...previous, check(parseWebRTCDirect(text), parseEndpoint)]
}

/**
 * Collects the addresses at which a listener can be reached
 *
 * @throws {UsageError} if nobody could dial it
 */
export function parseAnnounceAddress (text: string, previous: Multiaddr[] = []): Multiaddr[] {
  const address = parseWebRTCDirect(text)

  if (/^\/ip4\/0\.0\.0\.0\/|^\/ip6\/::\/|\/udp\/0\//.test(address.toString())) {
    throw new UsageError(`address: ${text} can't be dialed: it needs the IP address and the port at which others reach the listener`)
  }

  return [...previous, address]
}

function check (address: Multiaddr, parse: (address: Multiaddr) => unknown): Multiaddr {
  try {
    parse(address)
  } catch (err: any) {
    throw new UsageError(err.message)
  }

  return address
}

function parseMultiaddr (text: string): Multiaddr {
  try {
    return multiaddr(text)
  } catch (err: any) {
    throw new UsageError(`address: ${text} is not a multiaddr - ${err.message}`)
  }
}

function parseWebRTCDirect (text: string): Multiaddr {
  const address = parseMultiaddr(text)

  if (!WebRTCDirect.exactMatch(address)) {
    throw new UsageError(`address: ${text} is not of webrtc-direct, that looks like /ip4/192.0.2.1/udp/9000/webrtc-direct/certhash/uEi…/p2p/12D3…`)
  }

  return address
}

/**
 * The addresses to listen on for a host and port; without a host every
 * interface of both families
 */
export function listenAddresses (port: number, host?: string): Multiaddr[] {
  const hosts = host == null ? ['0.0.0.0', '::'] : [host]

  return hosts.map(host => multiaddr(`/ip${isIP(host)}/${host}/udp/${port}/webrtc-direct`))
}

/**
 * @throws {InvalidArgumentError} if it is not an IP address
 */
export function parseHost (text: string): string {
  if (isIP(text) === 0) {
    throw new InvalidArgumentError('It is not an IP address.')
  }

  return text
}

/**
 * @throws {InvalidArgumentError} if it is not a port
 */
export function parsePort (text: string): number {
  return wholeNumber(text, 65_535)
}

/**
 * @throws {InvalidArgumentError} if it is not a number of things
 */
export function parseCount (text: string): number {
  return wholeNumber(text, MAX_COUNT)
}

/**
 * A number of bytes, such as 1000, 64kB or 64MiB
 *
 * @throws {InvalidArgumentError} if it is not a number of bytes that can be counted
 */
export function parseBytes (text: string): number {
  const [, digits, unit] = /^(\d+)([A-Za-z]*)$/.exec(text) ?? []
  const bytes = Number(digits) * UNITS[unit]

  if (!Number.isSafeInteger(bytes)) {
    throw new InvalidArgumentError(`It is not a number of bytes up to ${Number.MAX_SAFE_INTEGER}, such as 1000, 64kB or 64MiB.`)
  }

  return bytes
}

function wholeNumber (text: string, max: number): number {
  const number = Number(text)

  if (!/^\d+$/.test(text) || number > max) {
    throw new InvalidArgumentError(`It is not a whole number from 0 to ${max}.`)
  }

  return number
}

/**
 * A time in seconds, as whole ms
 *
 * @throws {InvalidArgumentError} if it is not a time that can be waited for
 */
export function parseSeconds (text: string): number {
  const seconds = Number(text)

  if (!/^\d*\.?\d+$/.test(text) || seconds <= 0 || seconds > MAX_SECONDS) {
    throw new InvalidArgumentError(`It is not a number of seconds above 0 and up to ${MAX_SECONDS}.`)
  }

  return Math.ceil(seconds * 1000)
}
