/**
 * The options that say which certificate a listener presents.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { inRange, notEmpty } from './option-ranges.ts'

/**
 * A certificate of your own
 */
export interface OwnCertificate {
  /**
   * The private key as PEM, without a passphrase. It must be ECDSA on P-256.
   */
  privateKey: string

  /**
   * The certificate as PEM, of at most 16,384 bytes. Nobody looks at its names;
   * its dates must be right when the node starts.
   */
  pem: string

  /**
   * The certhash, which follows from the certificate. It is compared if given:
   * `@libp2p/webrtc` asks for it.
   */
  certhash?: string
}

export interface GeneratedCertificateOptions {
  certificateLifespan: number
  certificateRenewalThreshold: number
  certificateDatastoreKey: string
  certificateKeychainName: string
}

export type CertificateOptions =
  { readonly from: 'derived' } |
  { readonly from: 'own', readonly certificate: OwnCertificate } |
  { readonly from: 'generated' } & Readonly<GeneratedCertificateOptions>

/**
 * What is given of them
 */
interface CertificateInit extends Partial<GeneratedCertificateOptions> {
  certificate?: 'derived' | 'generated' | OwnCertificate
}

const GENERATED_ONLY = ['certificateLifespan', 'certificateRenewalThreshold', 'certificateDatastoreKey', 'certificateKeychainName'] as const

const DAY = 24 * 60 * 60 * 1_000

/**
 * Dates beyond the year 9999 have no form in a certificate (RFC 5280 section
 * 4.1.2.5.2); a century is far from there, and longer than anybody needs
 */
const MAX_LIFESPAN = 36_525 * DAY

/**
 * @throws {InvalidParametersError} that names the option which is not right
 */
export function certificateOptions (init: CertificateInit): CertificateOptions {
  const given = GENERATED_ONLY.find(name => init[name] != null)
  const { certificate = given == null ? 'derived' : 'generated' } = init

  if (certificate === 'generated') {
    return generatedCertificateOptions(init)
  }

  if (given != null) {
    throw new InvalidParametersError(`${given} is for a generated certificate: leave it out, or set certificate to 'generated'`)
  }

  if (certificate === 'derived') {
    return { from: 'derived' }
  }

  if (typeof certificate?.privateKey !== 'string' || typeof certificate.pem !== 'string') {
    throw new InvalidParametersError("certificate must be 'derived', 'generated' or { privateKey, pem } with texts in PEM")
  }

  return { from: 'own', certificate }
}

function generatedCertificateOptions (init: CertificateInit): CertificateOptions {
  const lifespan = inRange('certificateLifespan', init.certificateLifespan ?? 14 * DAY, 1_000, MAX_LIFESPAN)
  const threshold = init.certificateRenewalThreshold ?? Math.min(DAY, Math.floor(lifespan / 2))

  return {
    from: 'generated',
    certificateLifespan: lifespan,
    certificateRenewalThreshold: inRange('certificateRenewalThreshold', threshold, 0, lifespan - 1),

    // the names of @libp2p/webrtc, so that a store that it has written is read
    certificateDatastoreKey: notEmpty('certificateDatastoreKey', init.certificateDatastoreKey ?? '/libp2p/webrtc-direct/certificate'),
    certificateKeychainName: notEmpty('certificateKeychainName', init.certificateKeychainName ?? 'webrtc-direct-certificate-private-key')
  }
}
