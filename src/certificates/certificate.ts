/**
 * The certificate of a listener: its hash is in the address that others store.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import type { TypedEventTarget } from 'main-event'

/**
 * A certificate and its key
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
 * The certificates of a listener at one moment
 */
export interface ListenerCertificates {
  /**
   * What dialers get to see
   */
  readonly presented: TransportCertificate

  /**
   * What they will get to see when `presented` has ended, where that is known
   */
  readonly next?: TransportCertificate
}

export interface CertificateEvents {
  /**
   * `current` is another than before
   */
  change: Event
}

/**
 * Where the certificates of a node's listeners come from
 */
export interface CertificateSource extends TypedEventTarget<CertificateEvents> {
  /**
   * Resolves when there is a `current`. All listeners of a node share it.
   *
   * @throws {InvalidParametersError} if the certificate that was given is not
   * usable
   * @throws {CertificateStoreError} if what is stored can't be used
   */
  load (): Promise<void>

  /**
   * What to present and announce now
   */
  readonly current: ListenerCertificates

  /**
   * Ends timers; `load` starts anew
   */
  stop (): void
}

/**
 * @param privateKey - DER (PKCS #8)
 * @param certificate - DER
 */
export function transportCertificate (privateKey: Uint8Array, certificate: Uint8Array): TransportCertificate {
  return {
    privateKey: toPem('PRIVATE KEY', privateKey),
    pem: toPem('CERTIFICATE', certificate),
    fingerprint: sha256(certificate)
  }
}

/**
 * RFC 7468
 */
function toPem (label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? []

  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/**
 * The certificates in a text, each of them with its armour
 */
export function splitPem (text: string): string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? []
}
