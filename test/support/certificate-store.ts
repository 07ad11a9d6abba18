/**
 * The store of generated certificates: a datastore in memory with a keychain
 */
import { mock } from 'node:test'
import { keychain } from '@libp2p/keychain'
import { defaultLogger } from '@libp2p/logger'
import { MemoryDatastore } from 'datastore-core'
import { Key } from 'interface-datastore'
import { GeneratedCertificates } from '../../src/certificates/generated.ts'
import { resolveOptions } from '../../src/options.ts'
import type { GeneratedCertificateOptions } from '../../src/certificate-options.ts'
import type { GeneratedCertificatesComponents } from '../../src/certificates/generated.ts'
import type { DateClock } from '../../src/clock.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Keychain } from '@libp2p/keychain'
import type { Datastore } from 'interface-datastore'

export const HOUR = 60 * 60 * 1_000
export const DAY = 24 * HOUR
export const NOW = Date.UTC(2026, 5, 1, 12, 30)

export const DATASTORE_KEY = new Key('/libp2p/webrtc-direct/certificate')
export const KEYCHAIN_NAME = 'webrtc-direct-certificate-private-key'

const logger = defaultLogger()

/**
 * Where a node keeps its certificate
 */
export interface Store extends GeneratedCertificatesComponents {
  datastore: Datastore
  keychain: Keychain
}

export function createStore (datastore: Datastore = new MemoryDatastore(), pass = 'a password of some length'): Store {
  return { datastore, keychain: keychain({ pass })({ datastore, logger }), logger }
}

/**
 * Everything that is in a datastore
 */
export async function contents ({ datastore }: Store): Promise<string[]> {
  const entries: string[] = []

  for await (const { key, value } of datastore.query({})) {
    entries.push(`${key} ${Buffer.from(value).toString('base64')}`)
  }

  return entries.sort()
}

export function certificates (components: GeneratedCertificatesComponents, clock: DateClock, init: WebRTCDirectInit = {}): GeneratedCertificates {
  const options = resolveOptions({ ...init, certificate: 'generated' }).certificate

  return new GeneratedCertificates(components, options as unknown as GeneratedCertificateOptions, clock)
}

/**
 * The certificates as a start of the node finds them
 */
export async function load (components: GeneratedCertificatesComponents, clock: DateClock, init?: WebRTCDirectInit): Promise<GeneratedCertificates> {
  const source = certificates(components, clock, init)
  await source.load()

  return source
}

/**
 * The keychain waits for up to a second before it says that it has no such key
 */
export function letKeychainAnswerAtOnce (): void {
  beforeEach(() => {
    mock.method(globalThis, 'setTimeout', (callback: () => void) => setImmediate(callback))
  })

  afterEach(() => {
    mock.restoreAll()
  })
}
