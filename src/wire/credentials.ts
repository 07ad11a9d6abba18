/**
 * ICE credentials. The server learns the client's from the USERNAME of its STUN
 * requests, which is `server_ufrag:client_ufrag` (RFC 8445 section 7.2.2); the
 * prefix of the server's half names the version of the protocol. See
 * https://github.com/libp2p/specs/blob/master/webrtc/webrtc-direct.md
 */

/**
 * The prefix of version 1, in which all four credentials are the same string
 */
const PREFIX_V1 = 'libp2p+webrtc+v1/'

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
  readonly client: IceCredentials
  readonly server: IceCredentials
}

/**
 * Makes the credentials for dialing with version 1
 */
export function generateCredentials (): CredentialPair {
  const random = crypto.getRandomValues(new Uint8Array(RANDOM_CHARS))
  let secret = PREFIX_V1

  for (const byte of random) {
    secret += ICE_CHARS[byte & 0x3f]
  }

  return sameForAll(secret)
}

/**
 * Works out the credentials of both ends from the two halves of the USERNAME of
 * a STUN request. Returns `undefined` where they are of no version that is
 * spoken here, or break RFC 8839: never guessed, never passed on.
 */
export function parseCredentials (serverUfrag: string, clientUfrag: string): CredentialPair | undefined {
  if (serverUfrag.startsWith(PREFIX_V1) && serverUfrag === clientUfrag && isUfrag(serverUfrag) && isPwd(serverUfrag)) {
    return sameForAll(serverUfrag)
  }
}

/**
 * Whether the ufrag of a dialer looks like one of rust-libp2p
 */
export function isRustLibp2p (ufrag: string): boolean {
  return ufrag.length === PREFIX_V1.length + RANDOM_CHARS_RUST
}

export function isUfrag (value: string): boolean {
  return UFRAG.test(value)
}

export function isPwd (value: string): boolean {
  return PWD.test(value)
}

function sameForAll (secret: string): CredentialPair {
  const credentials = { ufrag: secret, pwd: secret }

  return { client: credentials, server: credentials }
}
