/**
 * ICE credentials. The server learns the client's from the USERNAME of its STUN
 * requests, which is `server_ufrag:client_ufrag` (RFC 8445 section 7.2.2); the
 * prefix of the server's half names the version of the protocol. See
 * https://github.com/libp2p/specs/blob/master/webrtc/webrtc-direct.md
 */

import { InvalidParametersError } from '@libp2p/interface'

/**
 * The version of the protocol. They differ in the ICE credentials only.
 *
 * - 1: all four credentials are one string, which the dialer makes up and puts
 *   into its own offer. Browsers are about to refuse that.
 * - 2: the dialer keeps the credentials of its offer, and tells the listener its
 *   password in the ufrag that it asks for
 */
export type Version = 1 | 2

/**
 * What to dial with: one of them, or what is found to work
 */
export type DialerVersion = 'auto' | Version

const PREFIX_V1 = 'libp2p+webrtc+v1/'
const PREFIX_V2 = 'libp2p+webrtc+v2/'

/**
 * RFC 8839 section 5.4: ice-char. A power of two long, so that six bits choose
 * one without bias.
 */
const ICE_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/**
 * RFC 8839 section 5.4: a ufrag has 4 to 256 ice-chars and a pwd 22 to 256.
 * libjuice aborts the process when it is given anything else.
 */
const UFRAG = /^[A-Za-z0-9+/]{4,256}$/
const PWD = /^[A-Za-z0-9+/]{22,256}$/

/**
 * 192 bits; RFC 8445 section 5.3 asks for 128 in the password
 */
const RANDOM_CHARS = 32

/**
 * The ufrag of a dialer of version 2 tells nothing from anything else. RFC 8445
 * section 5.3 asks for 24 bits.
 */
const RANDOM_UFRAG_CHARS = 8

/**
 * How many rust-libp2p makes (0.10.0-alpha); all others make as many as this
 * package
 */
const RANDOM_CHARS_RUST = 64

export interface IceCredentials {
  readonly ufrag: string
  readonly pwd: string
}

/**
 * The credentials of both ends of a connection
 */
export interface CredentialPair {
  readonly version: Version
  readonly client: IceCredentials
  readonly server: IceCredentials
}

/**
 * Makes the credentials for dialing
 */
export function generateCredentials (version: Version): CredentialPair {
  return version === 1
    ? sameForAll(PREFIX_V1 + randomChars(RANDOM_CHARS))
    : derivedFrom({ ufrag: randomChars(RANDOM_UFRAG_CHARS), pwd: randomChars(RANDOM_CHARS) })
}

/**
 * The credentials of both ends of a connection of version 2, where a stack has
 * made those of the dialer
 *
 * @throws {InvalidParametersError} if they break RFC 8839, or are too long to be
 * told to the listener
 */
export function credentialsOfDialer (client: IceCredentials): CredentialPair {
  if (!isUfrag(client.ufrag) || !isPwd(client.pwd) || !isUfrag(PREFIX_V2 + client.pwd)) {
    throw new InvalidParametersError('The ICE credentials of the local description are not valid for version 2')
  }

  return derivedFrom(client)
}

/**
 * Works out the credentials of both ends from the two halves of the USERNAME of
 * a STUN request. Returns `undefined` where they are of no version that is
 * spoken here, or break RFC 8839: never guessed, never passed on.
 */
export function parseCredentials (serverUfrag: string, clientUfrag: string): CredentialPair | undefined {
  if (!isUfrag(serverUfrag) || !isUfrag(clientUfrag)) {
    return
  }

  if (serverUfrag.startsWith(PREFIX_V1) && serverUfrag === clientUfrag && isPwd(serverUfrag)) {
    return sameForAll(serverUfrag)
  }

  const pwd = serverUfrag.slice(PREFIX_V2.length)

  if (serverUfrag.startsWith(PREFIX_V2) && isPwd(pwd)) {
    return derivedFrom({ ufrag: clientUfrag, pwd })
  }
}

/**
 * Whether the credentials look like those of a dialer of rust-libp2p
 */
export function isRustLibp2p ({ version, client }: CredentialPair): boolean {
  return version === 1 && client.ufrag.length === PREFIX_V1.length + RANDOM_CHARS_RUST
}

export function isUfrag (value: string): boolean {
  return UFRAG.test(value)
}

export function isPwd (value: string): boolean {
  return PWD.test(value)
}

function sameForAll (secret: string): CredentialPair {
  const credentials = { ufrag: secret, pwd: secret }

  return { version: 1, client: credentials, server: credentials }
}

function derivedFrom (client: IceCredentials): CredentialPair {
  const secret = PREFIX_V2 + client.pwd

  return { version: 2, client, server: { ufrag: secret, pwd: secret } }
}

function randomChars (length: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), byte => ICE_CHARS[byte & 0x3f]).join('')
}
