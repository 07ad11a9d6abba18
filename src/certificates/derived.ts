/**
 * A certificate that follows from the private key of the node: whoever has the
 * key has the certificate, so a restart, another machine or a lost disk changes
 * no address.
 *
 * It is the derivation of go-libp2p, byte for byte
 * (https://github.com/libp2p/go-libp2p/blob/v0.51.0/p2p/transport/webrtc/cert.go):
 * a node can move from one implementation to the other and keep the addresses
 * that others have stored. Whatever changes here changes the address of every
 * node.
 *
 * That anybody who has the identity key can also present the certificate gives
 * nothing away: the certificate only encrypts, and the peer behind it is proven
 * by the Noise handshake, with that identity key. The certificate key tells
 * nothing about the identity key, because HKDF can't be reversed.
 */
import { p256 } from '@noble/curves/nist.js'
import { createHmacDrbg } from '@noble/curves/utils.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { AsnConvert } from '@peculiar/asn1-schema'
import { AlgorithmIdentifier, AttributeTypeAndValue, AttributeValue, Certificate, Name, RelativeDistinguishedName, SubjectPublicKeyInfo, TBSCertificate, Validity, Version } from '@peculiar/asn1-x509'
import { concat } from 'uint8arrays/concat'
import { fromString } from 'uint8arrays/from-string'
import { toString } from 'uint8arrays/to-string'
import { transportCertificate } from './certificate.ts'
import type { TransportCertificate } from './certificate.ts'
import type { PrivateKey } from '@libp2p/interface'

const HKDF_INFO = fromString('libp2p webrtc-direct deterministic cert')

const SERIAL_LENGTH = 8

/**
 * c2sp.org/det-keygen asks for 192 bits for a key on P-256 where an attacker
 * may choose among many keys
 */
const SEED_LENGTH = 24

const SUBJECT = 'libp2p-webrtc-direct'
const OID_COMMON_NAME = '2.5.4.3'
const OID_ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'

/**
 * The dates are part of the hash, so they don't depend on the clock. A century
 * is fine: dialers compare the hash and no dates (RFC 8122), and the
 * limit of 365 days in browsers is for certificates that they make themselves
 * (https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-generatecertificate).
 */
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z')
const NOT_AFTER = new Date('2120-01-01T00:00:00Z')

/**
 * The certificate of the node that has this private key
 */
export async function deriveCertificate ({ raw }: Pick<PrivateKey, 'raw'>): Promise<TransportCertificate> {
  const material = hkdf(sha256, raw, undefined, HKDF_INFO, SERIAL_LENGTH + SEED_LENGTH)
  const serial = material.subarray(0, SERIAL_LENGTH)
  const secretKey = deriveP256Key(material.subarray(SERIAL_LENGTH))
  const publicKey = p256.getPublicKey(secretKey, false)

  return transportCertificate(
    await encodePrivateKey(secretKey, publicKey),
    selfSign(serial, secretKey, await encodePublicKey(publicKey))
  )
}

/**
 * https://c2sp.org/det-keygen for P-256: draws from HMAC_DRBG with SHA-256 (NIST
 * SP 800-90A section 10.1.2) until it is a private key. The DRBG of RFC 6979
 * section 3.2, which is what the library has, takes the same steps.
 */
export function deriveP256Key (seed: Uint8Array): Uint8Array {
  const draw = createHmacDrbg<Uint8Array>(sha256.outputLen, 32, (key: Uint8Array, message: Uint8Array) => hmac(sha256, key, message))
  const personalization = fromString('det ECDSA key gen P-256')

  return draw(concat([seed, personalization]), (candidate) => {
    return p256.utils.isValidSecretKey(candidate) ? candidate : undefined
  })
}

/**
 * X.509 version 3 without extensions, issued by itself; the nonce of the
 * signature comes from the key and the message (RFC 6979)
 */
function selfSign (serial: Uint8Array, secretKey: Uint8Array, publicKey: ArrayBuffer): Uint8Array {
  const algorithm = new AlgorithmIdentifier({ algorithm: OID_ECDSA_WITH_SHA256 })
  const name = new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: OID_COMMON_NAME, value: new AttributeValue({ printableString: SUBJECT }) })
    ])
  ])

  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: unsignedInteger(serial),
    signature: algorithm,
    issuer: name,

    // UTCTime, and GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5)
    validity: new Validity({ notBefore: NOT_BEFORE, notAfter: NOT_AFTER }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey, SubjectPublicKeyInfo)
  })

  const signature = p256.sign(new Uint8Array(AsnConvert.serialize(tbsCertificate)), secretKey, {
    format: 'der',

    // either s is valid: go-libp2p takes it as it comes
    lowS: false
  })

  return new Uint8Array(AsnConvert.serialize(new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: Uint8Array.from(signature).buffer
  })))
}

/**
 * The contents of a DER INTEGER that is not negative: as short as can be, and
 * with its highest bit clear. A serial number is positive (RFC 5280 section
 * 4.1.2.2), so zero becomes one.
 */
export function unsignedInteger (bytes: Uint8Array): ArrayBuffer {
  const first = bytes.findIndex(byte => byte !== 0)

  if (first === -1) {
    return Uint8Array.of(1).buffer
  }

  return Uint8Array.from([...(bytes[first] > 0x7f ? [0] : []), ...bytes.subarray(first)]).buffer
}

/**
 * DER (RFC 5480)
 */
async function encodePublicKey (publicKey: Uint8Array): Promise<ArrayBuffer> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(publicKey), { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])

  return crypto.subtle.exportKey('spki', key)
}

/**
 * DER (PKCS #8). The public key is not compressed: 0x04, x and y.
 */
async function encodePrivateKey (secretKey: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('jwk', {
    kty: 'EC',
    crv: 'P-256',
    d: toString(secretKey, 'base64url'),
    x: toString(publicKey.subarray(1, 33), 'base64url'),
    y: toString(publicKey.subarray(33), 'base64url')
  }, { name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign'])

  return new Uint8Array(await crypto.subtle.exportKey('pkcs8', key))
}
