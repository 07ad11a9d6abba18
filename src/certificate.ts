import 'reflect-metadata'
import { X509CertificateGenerator } from '@peculiar/x509'

/**
 * The certificate of a listener and its key
 */
export interface TransportCertificate {
  /**
   * The private key as PEM (PKCS #8)
   */
  readonly privateKey: string

  /**
   * The certificate as PEM
   */
  readonly pem: string

  /**
   * The sha-256 digest of the certificate, which becomes the certhash of the
   * listener's addresses
   */
  readonly fingerprint: Uint8Array
}

/**
 * Dialers compare the hash of the certificate and nothing else, its dates do
 * not matter to them
 */
const LIFESPAN_YEARS = 10

/**
 * Makes a self-signed certificate with a fresh key. P-256 is what every
 * implementation of WebRTC supports.
 */
export async function generateCertificate (): Promise<TransportCertificate> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const notBefore = new Date()
  notBefore.setUTCMilliseconds(0)
  notBefore.setUTCDate(notBefore.getUTCDate() - 1)
  const notAfter = new Date(notBefore)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + LIFESPAN_YEARS)

  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=libp2p-webrtc-direct',
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: algorithm
  }, crypto)

  return {
    privateKey: toPem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
    pem: toPem('CERTIFICATE', certificate.rawData),
    fingerprint: new Uint8Array(await crypto.subtle.digest('SHA-256', certificate.rawData))
  }
}

/**
 * RFC 5280 section 4.1.2.2: a positive integer of at most 20 octets
 */
function serialNumber (): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = (bytes[0] & 0x7f) | 0x40

  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * RFC 7468
 */
function toPem (label: string, der: ArrayBuffer): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []

  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
