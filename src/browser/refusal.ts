/**
 * What a browser refuses, in words that say what to do. Browsers say little, and
 * some things not at all.
 */
import { AddressRefusedError, WebRTCUnavailableError } from '../errors.ts'
import { hasWebRTC } from './support.ts'

/**
 * Local Network Access: Chromium ignores the address until the user has answered
 */
const PERMISSION = 'the page may need the permission to reach the local network, which the user gives. Dial again when it has it'

/**
 * @throws {WebRTCUnavailableError} if the browser makes no connection
 */
export function createConnection (): RTCPeerConnection {
  if (!hasWebRTC()) {
    throw new WebRTCUnavailableError('there is no RTCPeerConnection here: workers have none, and extensions only in their pages and offscreen documents. Dial from a page', 'ice')
  }

  try {
    // a certificate is made for each connection, and no STUN server is asked
    return new RTCPeerConnection({ iceServers: [] })
  } catch (cause: any) {
    if (cause.name === 'NotAllowedError') {
      throw forbidden(cause)
    }

    throw new WebRTCUnavailableError(`the browser makes no more connections: ${cause.message}. A page of Chromium can have 500, among them those that are closed and not collected yet: keep connections, and use several streams of one instead of dialing anew`, 'ice', { cause })
  }
}

/**
 * A policy forbids WebRTC
 */
export function forbidden (cause?: Error): WebRTCUnavailableError {
  return new WebRTCUnavailableError("a policy forbids WebRTC in this page: look for webrtc 'block' in its Content-Security-Policy, webrtc=block in its Connection-Allowlist, and for a policy of the browser or an extension", 'ice', { cause })
}

/**
 * The browser has not even tried to connect
 */
export function refusedAddress (host: string, port: number, cause?: Error): AddressRefusedError {
  return new AddressRefusedError(`the browser does not try to connect to ${host} port ${port}: ${reasonOf(host, port)}`, 'ice', { cause })
}

/**
 * What Chromium and Safari never connect to (`VerifyCandidate` in libwebrtc): they
 * say nothing, and ignore the address.
 */
export function isRestricted (host: string, port: number): boolean {
  return isUnspecified(host) || (port < 1_024 && !((port === 80 || port === 443) && !isPrivate(host)))
}

function reasonOf (host: string, port: number): string {
  if (isUnspecified(host)) {
    return 'it is an address to listen on. Dial one of the addresses of the listener'
  }

  if (isRestricted(host, port)) {
    return 'Chromium and Safari connect to no port below 1024 but 80 and 443, and not to those at private addresses. Let the listener use a port from 1024 on'
  }

  if (isName(host)) {
    return 'Firefox looks up no names, and Chromium full ones only. Dial an IP address of the listener, or give the node a dns'
  }

  if (isLoopback(host)) {
    return `${PERMISSION}. Firefox connects to no loopback address unless media.peerconnection.ice.loopback is set in about:config`
  }

  if (isPrivate(host)) {
    return PERMISSION
  }

  return host.includes(':')
    ? 'it may have no network with IPv6. Dial an IPv4 address of the listener as well'
    : 'it may have no network'
}

function isName (host: string): boolean {
  return !host.includes(':') && /[^\d.]/.test(host)
}

function isUnspecified (host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

export function isLoopback (host: string): boolean {
  return host.startsWith('127.') || host === '::1'
}

/**
 * What libwebrtc takes for private (`IPIsPrivate`): loopback, link-local, and the
 * private networks of RFC 1918, RFC 6598 and RFC 4193
 */
function isPrivate (host: string): boolean {
  const [a, b] = isName(host) ? [] : host.split('.').map(Number)

  return isLoopback(host) ||
    a === 10 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128) ||
    /^f[cd][0-9a-f]{2}:|^fe[89ab][0-9a-f]:/i.test(host)
}
