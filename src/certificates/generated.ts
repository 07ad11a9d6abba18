/**
 * A certificate that is made at random, kept in the datastore and the keychain,
 * and renewed before it ends.
 *
 * A dialer does not say which certificate it expects before it has seen one (the
 * STUN request of version 1 of the protocol holds no hash), so of two
 * certificates a listener can present only one. It is the old one until that has
 * ended, because the old address promises it. The new one is made some time
 * before (`certificateRenewalThreshold`) and announced beside it, so that others
 * learn of it while they can still connect.
 */
import 'reflect-metadata'
import { generateKeyPair, privateKeyToCryptoKeyPair } from '@libp2p/crypto/keys'
import { NotStartedError } from '@libp2p/interface'
import { X509CertificateGenerator } from '@peculiar/x509'
import { TypedEventEmitter } from 'main-event'
import { equals } from 'uint8arrays/equals'
import { transportCertificate } from './certificate.ts'
import { createCertificateStore } from './store.node.ts'
import type { CertificateEvents, CertificateSource, ListenerCertificates } from './certificate.ts'
import type { CertificateStore, CertificateStoreComponents, DatedCertificate, Stored } from './store.node.ts'
import type { GeneratedCertificateOptions } from '../certificate-options.ts'
import type { DateClock } from '../clock.ts'
import type { ComponentLogger, Logger, PrivateKey } from '@libp2p/interface'

/**
 * The longest time between two looks at the clock, in ms. Timers stand still
 * while a machine sleeps, and don't notice when its clock is set.
 */
const MAX_WAIT = 60 * 60 * 1_000

/**
 * When to try again to renew a certificate after that has failed, in ms
 */
const RETRY_DELAY = 60 * 1_000

/**
 * How long before it was made a certificate is valid, in ms: clocks differ
 */
const CLOCK_TOLERANCE = 24 * 60 * 60 * 1_000

export interface GeneratedCertificatesComponents extends CertificateStoreComponents {
  logger: ComponentLogger
}

interface Plan {
  readonly presented: DatedCertificate
  readonly next?: DatedCertificate

  /**
   * When there is something to do, in ms since 1970
   */
  readonly due: number
}

export class GeneratedCertificates extends TypedEventEmitter<CertificateEvents> implements CertificateSource {
  private readonly components: GeneratedCertificatesComponents
  private readonly options: GeneratedCertificateOptions
  private readonly clock: DateClock
  private readonly log: Logger
  private certificates: DatedCertificate[] = []
  private plan?: Plan
  private updates = Promise.resolve()

  /**
   * From `load` to `stop`
   */
  private run?: {
    readonly loaded: Promise<void>
    cancelTimer? (): void
  }

  constructor (components: GeneratedCertificatesComponents, options: GeneratedCertificateOptions, clock: DateClock) {
    super()

    this.components = components
    this.options = options
    this.clock = clock
    this.log = components.logger.forComponent('libp2p:webrtc-direct:certificate')
  }

  get current (): ListenerCertificates {
    if (this.plan == null) {
      throw new NotStartedError('The certificate is not loaded')
    }

    return this.plan
  }

  async load (): Promise<void> {
    if (this.run == null) {
      const loaded = this.update()
      const run = { loaded }
      this.run = run

      loaded.then(() => { this.schedule(run) }, () => {
        // so that it can be tried again
        if (this.run === run) {
          this.run = undefined
        }
      })
    }

    return this.run.loaded
  }

  stop (): void {
    this.run?.cancelTimer?.()
    this.run = undefined
  }

  private schedule (run: NonNullable<typeof this.run>, delay = this.timeUntilDue()): void {
    if (this.run !== run) {
      // stopped meanwhile
      return
    }

    run.cancelTimer = this.clock.after(Math.max(1, Math.min(delay, MAX_WAIT)), () => {
      if (this.timeUntilDue() > 0) {
        this.schedule(run)
        return
      }

      this.update().then(() => { this.schedule(run) }, (err) => {
        // the address that others have must go on to work, even past its end:
        // dialers compare no dates
        this.log.error('could not renew the certificate, the old one stays - %e', err)
        this.schedule(run, RETRY_DELAY)
      })
    })
  }

  private timeUntilDue (): number {
    return this.plan == null ? 0 : this.plan.due - this.clock.date()
  }

  /**
   * One after the other, also where the node is stopped and started meanwhile
   */
  private async update (): Promise<void> {
    const updated = this.updates.then(async () => this.updateNow())
    this.updates = updated.catch(() => {})

    return updated
  }

  /**
   * Presents what is to be presented now, and sees that there is another in time
   */
  private async updateNow (): Promise<void> {
    const now = this.clock.date()
    const certificates = valid(this.certificates, now)

    if (certificates.length > 0) {
      this.adopt(certificates)
    }

    if (this.isRenewalDue(certificates, now)) {
      this.adopt(await this.renew(certificates, now))
    }
  }

  /**
   * Reads what is stored, makes what is missing, and stores that before anybody
   * hears of it. Another process may have done the same: then its certificate is
   * taken.
   */
  private async renew (held: DatedCertificate[], now: number): Promise<DatedCertificate[]> {
    const store = createCertificateStore(this.components, this.options) ?? this.memory()
    const stored = await store.load()
    const certificates = valid([...held, ...stored.certificates], now)

    if (!this.isRenewalDue(certificates, now)) {
      return certificates
    }

    const key = stored.key ?? await store.saveKey(await generateKeyPair('ECDSA', 'P-256'))
    const made = await generateCertificate(key, now, now + this.options.certificateLifespan)

    // of this key only: another may have taken the place of the one before
    await store.saveCertificates([made, ...certificates.filter(({ privateKey }) => privateKey === made.privateKey)])
    this.log('made a certificate that ends at %s', new Date(made.notAfter).toISOString())

    return valid([...certificates, made], now)
  }

  private isRenewalDue (certificates: DatedCertificate[], now: number): boolean {
    const last = certificates.at(-1)

    return last == null || (certificates.length === 1 && now >= this.renewalTime(last))
  }

  private renewalTime ({ notAfter }: DatedCertificate): number {
    return notAfter - this.options.certificateRenewalThreshold
  }

  /**
   * @param certificates - those that have not ended, the first to end first
   */
  private adopt (certificates: DatedCertificate[]): void {
    const [presented, next] = certificates
    const last = this.plan

    this.certificates = certificates
    this.plan = { presented, next, due: next == null ? this.renewalTime(presented) : presented.notAfter }

    if (last != null && (!isSame(last.presented, presented) || !isSame(last.next, next))) {
      this.safeDispatchEvent('change')
    }
  }

  /**
   * Where nothing can be stored
   */
  private memory (): CertificateStore {
    this.log('the node has no keychain: its certificate is not stored, another start is another address')

    return {
      load: async (): Promise<Stored> => ({ certificates: [] }),
      saveKey: async (key): Promise<PrivateKey> => key,
      saveCertificates: async (): Promise<void> => {}
    }
  }
}

/**
 * Those that have not ended, each once, the first to end first
 */
function valid (certificates: DatedCertificate[], now: number): DatedCertificate[] {
  return certificates
    .filter(({ notAfter }) => notAfter > now)
    .filter((certificate, i, all) => all.findIndex(other => isSame(certificate, other)) === i)
    .sort((a, b) => a.notAfter - b.notAfter)
}

function isSame (a?: DatedCertificate, b?: DatedCertificate): boolean {
  return a === b || (a != null && b != null && equals(a.fingerprint, b.fingerprint))
}

/**
 * Makes a self-signed certificate
 *
 * @param privateKey - ECDSA on P-256, which every implementation of WebRTC
 * supports
 * @param now - in ms since 1970
 * @param end - in ms since 1970
 */
export async function generateCertificate (privateKey: PrivateKey, now: number, end: number): Promise<DatedCertificate> {
  const keys = await privateKeyToCryptoKeyPair(privateKey)

  // certificates know no fractions of a second
  const notAfter = Math.ceil(end / 1_000) * 1_000

  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: 'CN=libp2p-webrtc-direct',
    notBefore: new Date(Math.floor((now - CLOCK_TOLERANCE) / 1_000) * 1_000),
    notAfter: new Date(notAfter),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' }
  }, crypto)

  return {
    ...transportCertificate(
      new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey)),
      new Uint8Array(certificate.rawData)
    ),
    notAfter
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
