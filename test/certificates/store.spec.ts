import { generateKeyPair } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { GeneratedCertificates } from '../../src/certificates/generated.ts'
import { certificates, contents, createStore, DATASTORE_KEY, KEYCHAIN_NAME, letKeychainAnswerAtOnce, load, NOW } from '../support/certificate-store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { withUnreadableEnd } from '../support/unreadable-end.ts'
import type { GeneratedCertificatesComponents } from '../../src/certificates/generated.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Store } from '../support/certificate-store.ts'

describe('a store that holds something else', () => {
  let store: Store
  let clock: FakeClock

  letKeychainAnswerAtOnce()

  beforeEach(() => {
    store = createStore()
    clock = new FakeClock(NOW)
  })

  async function start (init?: WebRTCDirectInit, components: GeneratedCertificatesComponents = store): Promise<GeneratedCertificates> {
    return load(components, clock, init)
  }

  const OPENSSH = '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n'

  async function put (value: string | Uint8Array): Promise<void> {
    await store.datastore.put(DATASTORE_KEY, Buffer.from(value))
  }

  const UNUSABLE: Array<[string, () => Promise<void>, RegExp]> = [
    ['bytes that are no certificate', async () => put(Uint8Array.of(0, 1, 2, 0xff)), /is no certificate: delete that entry/],
    ['nothing', async () => put(''), /is no certificate: delete that entry/],
    ['other PEM', async () => put(OPENSSH), /is no certificate: delete that entry/],
    ['a certificate that was cut off', async () => put(Buffer.from(await store.datastore.get(DATASTORE_KEY)).subarray(0, -40)), /is no certificate: delete that entry/],
    ['a certificate that is damaged', async () => put(Buffer.from(await store.datastore.get(DATASTORE_KEY)).toString().replace('\nMII', '\nAAA')), /is damaged: delete that entry/],
    ['a certificate whose end is no date', async () => put(withUnreadableEnd(Buffer.from(await store.datastore.get(DATASTORE_KEY)).toString())), /is damaged: delete that entry/],
    ['a certificate of another key', async () => {
      const other = createStore()
      const source = await start({}, other)
      source.stop()
      await put(await other.datastore.get(DATASTORE_KEY))
    }, /is not of the key webrtc-direct-certificate-private-key in the keychain/],
    ['a certificate without a key', async () => { await store.keychain.removeKey(KEYCHAIN_NAME) }, /no key named webrtc-direct-certificate-private-key in the keychain/],
    ['a key of another type', async () => {
      await store.keychain.removeKey(KEYCHAIN_NAME)
      await store.keychain.importKey(KEYCHAIN_NAME, await generateKeyPair('Ed25519'))
    }, /is not ECDSA on P-256/],
    ['a key on another curve', async () => {
      await store.keychain.removeKey(KEYCHAIN_NAME)
      await store.keychain.importKey(KEYCHAIN_NAME, await generateKeyPair('ECDSA', 'P-384'))
    }, /is not ECDSA on P-256/],
    ['a key with another password', async () => { store = createStore(store.datastore, 'another password, also long') }, /has the keychain the password that it was written with\?/],
    ['what can\'t be read', async () => { store.datastore.get = async () => { throw new Error('bad disk') } }, /can't be read from the datastore - bad disk/]
  ]

  UNUSABLE.forEach(([what, prepare, message]) => {
    it(`is an error and is left as it is: ${what}`, async () => {
      (await start()).stop()
      await prepare()
      const before = await contents(store)

      await expect(start()).to.eventually.be.rejectedWith(message)
        .and.have.property('name', 'CertificateStoreError')
      expect(await contents(store)).to.deep.equal(before)
      expect(clock.pending).to.equal(0)
    })
  })

  it('can be put right: then another start makes a certificate', async () => {
    const source = certificates(store, clock)
    await put('')
    await expect(source.load()).to.eventually.be.rejected()

    await store.datastore.delete(DATASTORE_KEY)
    await source.load()
    expect(source.current.presented).to.be.ok()
  })
})
