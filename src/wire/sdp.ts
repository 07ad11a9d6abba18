/**
 * Session descriptions. Nobody exchanges them: each end writes down what the
 * other end's must be, from the multiaddr (dialer) or the source of a STUN
 * request (listener). See
 * https://github.com/libp2p/specs/blob/master/webrtc/webrtc-direct.md
 */
import type { IceCredentials } from './credentials.ts'

export interface RemoteEnd {
  readonly host: string
  readonly port: number
  readonly family: 4 | 6
  readonly credentials: IceCredentials

  /**
   * The sha-256 digest of the certificate of the remote end
   */
  readonly fingerprint: Uint8Array
}

/**
 * A MUST of the specification
 */
const MAX_MESSAGE_SIZE = 16_384

/**
 * RFC 8445 section 5.1.2: type preference of a host candidate 126, local
 * preference 65535, component 1
 */
const HOST_PRIORITY = 2_130_706_431

/**
 * The answer that a listener would give, for the dialer to set as the remote
 * description. The listener is the DTLS server, and in what it says an ICE lite
 * agent, which starts no connectivity checks.
 */
export function renderAnswer (server: RemoteEnd): string {
  return render(server, 'passive', 'a=ice-lite')
}

/**
 * The offer that a dialer would make, for the listener to set as the remote
 * description. The fingerprint does not matter, the Noise handshake binds the
 * dialer's certificate.
 */
export function renderOffer (client: RemoteEnd): string {
  return render(client, 'active')
}

function render (end: RemoteEnd, setup: 'active' | 'passive', ...ofSession: string[]): string {
  const ip = `IN IP${end.family} ${end.host}`

  return [
    'v=0',
    `o=- 0 0 ${ip}`,
    's=-',
    't=0 0',
    ...ofSession,
    `m=application ${end.port} UDP/DTLS/SCTP webrtc-datachannel`,
    `c=${ip}`,
    'a=mid:0',
    `a=ice-ufrag:${end.credentials.ufrag}`,
    `a=ice-pwd:${end.credentials.pwd}`,
    `a=fingerprint:sha-256 ${renderFingerprint(end.fingerprint)}`,
    `a=setup:${setup}`,
    'a=sctp-port:5000',
    `a=max-message-size:${MAX_MESSAGE_SIZE}`,
    `a=${renderCandidate(end.host, end.port)}`,
    'a=end-of-candidates',
    ''
  ].join('\r\n')
}

/**
 * A host candidate. That of the descriptions has the rank 0, each other one a
 * foundation of its own and a lower priority.
 */
export function renderCandidate (host: string, port: number, rank: number = 0): string {
  return `candidate:${rank + 1} 1 UDP ${HOST_PRIORITY - rank} ${host} ${port} typ host`
}

/**
 * The same description, which further candidates may follow (RFC 8840 section 8.2)
 */
export function withoutEnd (sdp: string): string {
  return sdp.replace(/^a=end-of-candidates(?:\r?\n|$)/m, '')
}

/**
 * The same description without candidates: a browser says what it thinks of one
 * only where it is added by itself. RFC 8840 section 4.1.1: the address is 0.0.0.0
 * then, which no parser mistakes, and the port 9.
 */
export function withoutCandidates (sdp: string): string {
  return sdp
    .replace(/^a=(?:candidate:.*|end-of-candidates)(?:\r?\n|$)/gm, '')
    .replace(/^m=application \d+/m, 'm=application 9')
    .replace(/^c=.*$/m, 'c=IN IP4 0.0.0.0')
}

/**
 * The candidates of a description, as `addIceCandidate` takes them
 */
export function readCandidates (sdp: string): string[] {
  return Array.from(sdp.matchAll(/^a=(candidate:.*)$/gm), ([, candidate]) => candidate)
}

/**
 * The ICE credentials of a description. Returns `undefined` where there are none.
 */
export function readCredentials (sdp: string): IceCredentials | undefined {
  const ufrag = /^a=ice-ufrag:(.*)$/m.exec(sdp)?.[1]
  const pwd = /^a=ice-pwd:(.*)$/m.exec(sdp)?.[1]

  return ufrag == null || pwd == null ? undefined : { ufrag, pwd }
}

/**
 * The same description with other ICE credentials: version 1 needs the offer of a
 * browser changed ("munged")
 */
export function withCredentials (sdp: string, { ufrag, pwd }: IceCredentials): string {
  return sdp
    .replace(/^a=ice-ufrag:.*$/gm, `a=ice-ufrag:${ufrag}`)
    .replace(/^a=ice-pwd:.*$/gm, `a=ice-pwd:${pwd}`)
}

/**
 * RFC 8122 section 5: upper case hex, separated by colons
 */
export function renderFingerprint (digest: Uint8Array): string {
  return Array.from(digest, byte => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')
}

/**
 * Reads the sha-256 fingerprint of a session description. Returns `undefined`
 * where there is none.
 */
export function readFingerprint (sdp: string): Uint8Array | undefined {
  const match = /^a=fingerprint:sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})\s*$/im.exec(sdp)

  return match == null ? undefined : parseFingerprint(match[1])
}

/**
 * The bytes of a fingerprint as RFC 8122 writes it. Returns `undefined` if it is
 * not that of a sha-256 digest.
 */
export function parseFingerprint (fingerprint: string): Uint8Array | undefined {
  if (!/^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(fingerprint)) {
    return undefined
  }

  return Uint8Array.from(fingerprint.split(':'), hex => parseInt(hex, 16))
}
