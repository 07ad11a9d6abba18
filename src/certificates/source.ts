/**
 * Which certificate do the listeners of a node present?
 */
import { NotStartedError } from '@libp2p/interface'
import { TypedEventEmitter } from 'main-event'
import { deriveCertificate } from './derived.ts'
import { GeneratedCertificates } from './generated.ts'
import { checkOwnCertificate } from './own.node.ts'
import type { CertificateEvents, CertificateSource, ListenerCertificates, TransportCertificate } from './certificate.ts'
import type { CertificateStoreComponents } from './store.node.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import type { DateClock } from '../clock.ts'
import type { ComponentLogger, PrivateKey } from '@libp2p/interface'

export interface CertificateSourceComponents extends CertificateStoreComponents {
  privateKey: PrivateKey
  logger: ComponentLogger
}

export function createCertificateSource (components: CertificateSourceComponents, options: CertificateOptions, clock: DateClock): CertificateSource {
  switch (options.from) {
    case 'derived':
      return new FixedCertificate(async () => deriveCertificate(components.privateKey))
    case 'own':
      return new FixedCertificate(async () => checkOwnCertificate(options.certificate, clock.date()))
    default:
      return new GeneratedCertificates(components, options, clock)
  }
}

/**
 * A certificate that stays
 */
class FixedCertificate extends TypedEventEmitter<CertificateEvents> implements CertificateSource {
  private readonly make: () => Promise<TransportCertificate>
  private loading?: Promise<void>
  private certificates?: ListenerCertificates

  constructor (make: () => Promise<TransportCertificate>) {
    super()

    this.make = make
  }

  async load (): Promise<void> {
    this.loading ??= this.make().then(presented => { this.certificates = { presented } })

    return this.loading
  }

  get current (): ListenerCertificates {
    if (this.certificates == null) {
      throw new NotStartedError('The certificate is not loaded')
    }

    return this.certificates
  }

  stop (): void {
    // an own certificate is checked again at the next start
    this.loading = undefined
  }
}
