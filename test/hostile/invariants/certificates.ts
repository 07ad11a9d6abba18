/**
 * Certificates of users, and those that are stored
 */
import { expect } from 'aegir/chai'
import { checkOwnCertificate } from '../../../src/certificates/own.node.ts'
import { certificates, DATASTORE_KEY, NOW } from '../../support/certificate-store.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { checkRefusal } from './refusal.ts'
import type { OwnCertificate } from '../../../src/certificate-options.ts'
import type { GeneratedCertificatesComponents } from '../../../src/certificates/generated.ts'

export function pemOf (der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`
}

export function derOf (pem: string): Buffer {
  return Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64')
}

/**
 * It is taken with dates that hold, or refused
 */
export function checkOwn (own: OwnCertificate): void {
  try {
    expect(checkOwnCertificate(own, NOW).fingerprint.byteLength).to.equal(32)
  } catch (err: any) {
    checkRefusal(err, 'InvalidParametersError')
  }
}

/**
 * What is stored is used until a date, or refused and left as it is
 */
export async function checkStored (store: GeneratedCertificatesComponents, value: Uint8Array): Promise<void> {
  await store.datastore.put(DATASTORE_KEY, value)
  const source = certificates(store, new FakeClock(NOW))

  try {
    await source.load()
    expect(source.current.presented.fingerprint.byteLength).to.equal(32)
  } catch (err: any) {
    checkRefusal(err, 'CertificateStoreError')
    expect(Buffer.from(await store.datastore.get(DATASTORE_KEY)).equals(value)).to.equal(true)
  } finally {
    source.stop()
  }
}
