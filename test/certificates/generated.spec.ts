import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { expect } from 'aegir/chai'
import { Key } from 'interface-datastore'
import { GeneratedCertificates } from '../../src/certificates/generated.ts'
import { certificates, contents, createStore, DAY, letKeychainAnswerAtOnce, load, NOW } from '../support/certificate-store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { GeneratedCertificatesComponents } from '../../src/certificates/generated.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Store } from '../support/certificate-store.ts'

describe('generated certificates', () => {
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
        logger: store.logger,

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
    const source = certificates({ datastore: store.datastore, logger: store.logger }, clock)
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
})
