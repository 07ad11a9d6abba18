/**
 * A certificate that the user made: is it one that dialers can accept?
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { InvalidParametersError } from '@libp2p/interface'
import { encodeCerthash } from '../wire/address.ts'
import { splitPem, transportCertificate } from './certificate.ts'
import type { TransportCertificate } from './certificate.ts'
import type { OwnCertificate } from '../certificate-options.ts'
import type { KeyObject } from 'node:crypto'

/**
 * How long the DER of a certificate may be, in bytes. Stacks with Mbed TLS take
 * no handshake message longer than this, and all of it is sent to strangers. A
 * certificate that does its job has 300.
 */
const MAX_LENGTH = 16_384

/**
 * @param own - as it was given
 * @param now - in ms since 1970
 * @throws {InvalidParametersError} that says which check failed
 */
export function checkOwnCertificate (own: OwnCertificate, now: number): TransportCertificate {
  const x509 = readCertificate(own.pem)

  if (x509.raw.byteLength > MAX_LENGTH) {
    throw new InvalidParametersError(`certificate.pem: the certificate has ${x509.raw.byteLength} bytes, more than ${MAX_LENGTH}`)
  }

  const algorithm = publicKeyAlgorithm(x509)

  if (algorithm !== 'prime256v1') {
    throw new InvalidParametersError(`certificate.pem: the key of the certificate is ${algorithm}, it must be ECDSA on P-256 (prime256v1), which every implementation of WebRTC supports`)
  }

  if (Number.isNaN(Date.parse(x509.validFrom)) || Number.isNaN(Date.parse(x509.validTo))) {
    throw new InvalidParametersError(`certificate.pem: its dates can't be read: from ${x509.validFrom} to ${x509.validTo}`)
  }

  if (now < Date.parse(x509.validFrom)) {
    throw new InvalidParametersError(`certificate.pem: the certificate is not valid before ${isoDate(x509.validFrom)}: is the clock right?`)
  }

  if (now >= Date.parse(x509.validTo)) {
    throw new InvalidParametersError(`certificate.pem: the certificate ended at ${isoDate(x509.validTo)}`)
  }

  const key = readPrivateKey(own.privateKey)

  if (!x509.checkPrivateKey(key)) {
    throw new InvalidParametersError('certificate.privateKey: it is not the key of certificate.pem')
  }

  const certificate = transportCertificate(key.export({ format: 'der', type: 'pkcs8' }), x509.raw)

  if (own.certhash != null && own.certhash !== encodeCerthash(certificate.fingerprint)) {
    throw new InvalidParametersError(`certificate.certhash: ${own.certhash} is not the hash of certificate.pem, that is ${encodeCerthash(certificate.fingerprint)}; it can be left out`)
  }

  return certificate
}

function readCertificate (pem: string): X509Certificate {
  const certificates = splitPem(pem)

  if (certificates.length !== 1) {
    throw new InvalidParametersError(`certificate.pem: there must be one -----BEGIN CERTIFICATE-----, not ${certificates.length}; of a chain give the first, nobody looks at the others`)
  }

  try {
    return new X509Certificate(certificates[0])
  } catch (err: any) {
    throw new InvalidParametersError(`certificate.pem: it can't be read - ${err.message}`)
  }
}

function readPrivateKey (pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (err: any) {
    throw new InvalidParametersError(`certificate.privateKey: it can't be read, it must be PEM without a passphrase - ${err.message}`)
  }
}

/**
 * The name of the curve, or of the algorithm if that has no curves
 */
function publicKeyAlgorithm (x509: X509Certificate): string {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = x509.publicKey

    return asymmetricKeyDetails?.namedCurve ?? asymmetricKeyType ?? 'unknown'
  } catch {
    return 'unknown'
  }
}

function isoDate (date: string): string {
  return new Date(date).toISOString()
}
