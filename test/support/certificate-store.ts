import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { keychain } from '@libp2p/keychain'
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { MemoryDatastore } from 'datastore-core'
import { Key } from 'interface-datastore'
import { GeneratedCertificates } from '../../src/certificates/generated.ts'
import { systemClock } from '../../src/clock.ts'
import { resolveOptions } from '../../src/options.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { GeneratedCertificatesComponents } from '../../src/certificates/generated.ts'
import type { DateClock } from '../../src/clock.ts'
import type { GeneratedCertificateOptions, WebRTCDirectInit } from '../../src/options.ts'
import type { Keychain } from '@libp2p/keychain'
import type { Datastore } from 'interface-datastore'

const HOUR = 60 * 60 * 1_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 5, 1, 12, 30)

const DATASTORE_KEY = new Key('/libp2p/webrtc-direct/certificate')
const KEYCHAIN_NAME = 'webrtc-direct-certificate-private-key'

const logger = defaultLogger()

interface Store extends GeneratedCertificatesComponents {
  datastore: Datastore
  keychain: Keychain
}

function createStore (datastore: Datastore = new MemoryDatastore(), pass = 'a password of some length'): Store {
  return { datastore, keychain: keychain({ pass })({ datastore, logger }), logger }
}

/**
 * Everything that is in a datastore
 */
async function contents ({ datastore }: Store): Promise<string[]> {
  const entries: string[] = []

  for await (const { key, value } of datastore.query({})) {
    entries.push(`${key} ${Buffer.from(value).toString('base64')}`)
  }

  return entries.sort()
}

function certificates (components: GeneratedCertificatesComponents, clock: DateClock, init: WebRTCDirectInit = {}): GeneratedCertificates {
  const options = resolveOptions({ ...init, certificate: 'generated' }).certificate

  return new GeneratedCertificates(components, options as unknown as GeneratedCertificateOptions, clock)
}

describe('generated certificates', () => {
  let store: Store
  let clock: FakeClock

  beforeEach(() => {
    store = createStore()
    clock = new FakeClock(NOW)
  })

  /**
   * As another start of the node finds it
   */
  async function start (init?: WebRTCDirectInit, components: GeneratedCertificatesComponents = store): Promise<GeneratedCertificates> {
    const source = certificates(components, clock, init)
    await source.load()

    return source
  }

  describe('are made', () => {
    let pem: string
    let privateKey: string
    let fingerprint: Uint8Array
    let x509: X509Certificate

    beforeEach(async () => {
      ({ pem, privateKey, fingerprint } = (await start()).current.presented)
      x509 = new X509Certificate(pem)
    })

    it('with a fingerprint that is the sha-256 digest of the DER', () => {
      expect(fingerprint).to.equalBytes(createHash('sha256').update(x509.raw).digest())
    })

    it('with a key that fits, on P-256', () => {
      const key = createPrivateKey(privateKey)

      expect(x509.checkPrivateKey(key)).to.be.true()
      expect(key.asymmetricKeyDetails).to.have.property('namedCurve', 'prime256v1')
    })

    it('signed by themselves', () => {
      expect(x509.issuer).to.equal(x509.subject)
      expect(x509.verify(x509.publicKey)).to.be.true()
    })

    it('valid from a day ago, where clocks differ, for 14 days', () => {
      expect(Date.parse(x509.validFrom)).to.equal(NOW - DAY)
      expect(Date.parse(x509.validTo)).to.equal(NOW + 14 * DAY)
    })

    it('with a positive serial number of at most 20 octets (RFC 5280)', () => {
      const serial = Buffer.from(x509.serialNumber, 'hex')

      expect(serial.byteLength).to.be.within(1, 20)
      expect(serial[0]).to.be.within(0x01, 0x7f)
    })

    it('never the same twice', async () => {
      const { current } = await start({}, createStore())

      expect(current.presented.fingerprint).to.not.equalBytes(fingerprint)
      expect(current.presented.privateKey).to.not.equal(privateKey)
    })
  })

  describe('are kept', () => {
    it('across starts', async () => {
      const { current } = await start()

      expect((await start()).current.presented).to.deep.equal(current.presented)
    })

    it('under the names that are given', async () => {
      await start({ certificateDatastoreKey: '/here', certificateKeychainName: 'this' })

      expect(await store.datastore.has(new Key('/here'))).to.be.true()
      expect((await store.keychain.listKeys()).map(({ name }) => name)).to.deep.equal(['this'])
    })

    it('encrypted where it matters: the key is not in the datastore in the clear', async () => {
      const { current } = await start()
      const der = createPrivateKey(current.presented.privateKey).export({ format: 'jwk' }).d ?? ''
      const secret = Buffer.from(der, 'base64url')

      for await (const { value } of store.datastore.query({})) {
        expect(Buffer.from(value).includes(secret)).to.be.false()
        expect(Buffer.from(Buffer.from(value).toString(), 'base64').includes(secret)).to.be.false()
      }
    })

    it('nowhere without a keychain, and the same until the end of the process', async () => {
      const components = {
        datastore: store.datastore,
        logger,

        // as the components of a node
        get keychain (): undefined {
          throw new Error('keychain not set')
        }
      }
      const source = await start({}, components)
      const { fingerprint } = source.current.presented

      source.stop()
      await source.load()

      expect(await contents(store)).to.be.empty()
      expect(source.current.presented.fingerprint).to.equalBytes(fingerprint)
    })
  })

  it('are shared by all that ask at the same time', async () => {
    const source = certificates(store, clock)
    await Promise.all([source.load(), source.load(), source.load()])

    expect((await start()).current.presented).to.deep.equal(source.current.presented)
    expect(clock.pending).to.equal(2)
  })

  it('are made once where the node is stopped and started meanwhile', async () => {
    // nothing to read it from
    const source = certificates({ datastore: store.datastore, logger }, clock)
    let changes = 0
    source.addEventListener('change', () => { changes++ })

    const first = source.load()
    source.stop()
    await Promise.all([first, source.load()])

    expect(changes).to.equal(0)
    expect(source.current.next).to.be.undefined()
    expect(clock.pending).to.equal(1)
  })

  it('fit their key where two processes start at the same time', async () => {
    const [one, other] = await Promise.all([start({}, createStore(store.datastore)), start({}, createStore(store.datastore))])

    for (const { current: { presented } } of [one, other, await start()]) {
      expect(new X509Certificate(presented.pem).checkPrivateKey(createPrivateKey(presented.privateKey))).to.be.true()
    }
  })

  describe('are renewed', () => {
    it('a day before the end the next one is known, and at the end it takes over', async () => {
      const source = await start()
      const { presented: old } = source.current
      let changes = 0
      source.addEventListener('change', () => { changes++ })

      await clock.advance(13 * DAY - 1)
      expect(source.current).to.include({ presented: old, next: undefined })
      expect(changes).to.equal(0)

      await clock.advance(1)
      const { presented, next } = source.current
      expect(presented).to.equal(old)
      expect(next?.fingerprint).to.not.equalBytes(old.fingerprint)
      expect(changes).to.equal(1)

      await clock.advance(DAY - 1)
      expect(source.current).to.include({ presented: old, next })
      expect(changes).to.equal(1)

      await clock.advance(1)
      expect(source.current).to.include({ presented: next, next: undefined })
      expect(changes).to.equal(2)
    })

    it('for ever', async () => {
      const source = await start()
      const seen = new Set<string>()

      for (let day = 0; day < 100; day++) {
        await clock.advance(DAY)
        const x509 = new X509Certificate(source.current.presented.pem)

        expect(Date.parse(x509.validTo)).to.be.above(clock.now())
        seen.add(x509.fingerprint256)
      }

      expect(seen).to.have.lengthOf(8)
    })

    it('where the threshold is longer than half of the lifespan', async () => {
      const source = await start({ certificateLifespan: 10 * DAY, certificateRenewalThreshold: 9 * DAY })

      for (let day = 0; day < 50; day++) {
        await clock.advance(DAY)
        expect(Date.parse(new X509Certificate(source.current.presented.pem).validTo)).to.be.above(clock.now())
      }
    })

    it('without time for both where the threshold is 0', async () => {
      const source = await start({ certificateRenewalThreshold: 0 })
      const { presented: old } = source.current

      await clock.advance(14 * DAY - 1)
      expect(source.current).to.include({ presented: old, next: undefined })

      await clock.advance(1)
      expect(source.current.presented.fingerprint).to.not.equalBytes(old.fingerprint)
    })

    it('not before their time where that is longer than a timer can wait', async () => {
      const source = await start({ certificateLifespan: 60 * DAY })
      const { presented } = source.current

      // `setTimeout` fires at once for more than 2^31 - 1 ms, 24.8 days
      await clock.advance(59 * DAY - 1)
      expect(source.current).to.include({ presented, next: undefined })
    })

    it('within the hour after the machine has slept', async () => {
      const source = await start()
      const { presented } = source.current

      clock.sleep(20 * DAY)
      await clock.advance(HOUR)
      expect(source.current.presented.fingerprint).to.not.equalBytes(presented.fingerprint)
    })

    it('and both are found by another start', async () => {
      const source = await start()
      await clock.advance(13.5 * DAY)

      expect((await start()).current).to.deep.equal(source.current)
    })

    it('and the newest comes first in the store: @libp2p/webrtc reads no other', async () => {
      const source = await start()
      await clock.advance(13.5 * DAY)
      const first = new X509Certificate(await store.datastore.get(DATASTORE_KEY))

      expect(first.raw).to.equalBytes(new X509Certificate(source.current.next?.pem ?? '').raw)
    })

    it('and the next one is presented by a start after the end of the old one', async () => {
      const source = await start()
      await clock.advance(13.5 * DAY)
      const { next } = source.current
      source.stop()
      clock.sleep(DAY)

      expect((await start()).current.presented).to.deep.equal(next)
    })

    it('at a start in the last day, the old one is presented until its end', async () => {
      const source = await start()
      source.stop()
      clock.sleep(13.5 * DAY)
      const { presented, next } = (await start()).current

      expect(presented).to.deep.equal(source.current.presented)
      expect(next).to.be.ok()
    })

    it('at a start after the end', async () => {
      const source = await start()
      source.stop()
      clock.sleep(15 * DAY)
      const { presented } = (await start()).current

      expect(presented.fingerprint).to.not.equalBytes(source.current.presented.fingerprint)
      expect((await start()).current.presented).to.deep.equal(presented)
    })

    it('once for two processes with one store', async () => {
      const one = await start()
      const other = await start()

      await clock.advance(13 * DAY - 1)
      other.stop()
      await clock.advance(1)
      await other.load()
      await clock.advance(HOUR)

      expect(one.current.next).to.be.ok()
      expect(other.current).to.deep.equal(one.current)
    })

    it('again after a minute where storing has failed, and the old one stays meanwhile', async () => {
      const source = await start({ certificateRenewalThreshold: 10 * 60_000 })
      const { presented } = source.current
      const put = store.datastore.put
      store.datastore.put = async () => { throw new Error('disk full') }

      await clock.advance(14 * DAY + 5 * 60_000)
      expect(source.current).to.include({ presented, next: undefined })

      store.datastore.put = put
      await clock.advance(60_000)
      expect(source.current.presented.fingerprint).to.not.equalBytes(presented.fingerprint)
      expect((await start()).current.presented).to.deep.equal(source.current.presented)
    })

    it('with another key where the store was emptied, and the old one stays until its end', async () => {
      const source = await start()
      const { presented } = source.current

      await store.datastore.delete(DATASTORE_KEY)
      await store.keychain.removeKey(KEYCHAIN_NAME)
      await clock.advance(13 * DAY)

      expect(source.current.presented).to.equal(presented)
      expect((await start()).current.presented).to.deep.equal(source.current.next)
    })

    it('no more after stop()', async () => {
      const source = await start()
      source.stop()
      expect(clock.pending).to.equal(0)

      const loading = source.load()
      source.stop()
      await loading
      await new Promise(resolve => { setImmediate(resolve) })
      expect(clock.pending).to.equal(0)
    })
  })

  it('do not keep the process alive', () => {
    const timers = (): number => process.getActiveResourcesInfo().filter(type => type === 'Timeout').length
    const before = timers()
    const cancel = systemClock.after(DAY, () => {})

    expect(timers()).to.equal(before)
    cancel()
  })

  describe('are not made where the store holds something else: an error, and nothing is changed', () => {
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
      it(what, async () => {
        (await start()).stop()
        await prepare()
        const before = await contents(store)

        await expect(start()).to.eventually.be.rejectedWith(message)
          .and.have.property('name', 'CertificateStoreError')
        expect(await contents(store)).to.deep.equal(before)
        expect(clock.pending).to.equal(0)
      })
    })

    it('and at another start, when that was put right, there is one', async () => {
      const source = certificates(store, clock)
      await put('')
      await expect(source.load()).to.eventually.be.rejected()

      await store.datastore.delete(DATASTORE_KEY)
      await source.load()
      expect(source.current.presented).to.be.ok()
    })
  })
})
