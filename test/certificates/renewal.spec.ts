import { X509Certificate } from 'node:crypto'
import { expect } from 'aegir/chai'
import { GeneratedCertificates } from '../../src/certificates/generated.ts'
import { createStore, DATASTORE_KEY, DAY, HOUR, KEYCHAIN_NAME, letKeychainAnswerAtOnce, load, NOW } from '../support/certificate-store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { GeneratedCertificatesComponents } from '../../src/certificates/generated.ts'
import type { WebRTCDirectInit } from '../../src/options.ts'
import type { Store } from '../support/certificate-store.ts'

describe('generated certificates are renewed', () => {
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

  it('in two steps: a day before the end the next one is known, and at the end it takes over', async () => {
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

  it('sooner where the date is set forward', async () => {
    const source = await start()
    await clock.advance(13 * DAY - 90 * 60_000)
    expect(source.current.next).to.be.undefined()

    clock.setDate(HOUR)
    await clock.advance(30 * 60_000)
    expect(source.current.next).to.be.ok()
  })

  it('later where the date is set back', async () => {
    const source = await start()
    await clock.advance(13 * DAY - 30 * 60_000)

    clock.setDate(-HOUR)
    await clock.advance(HOUR)
    expect(source.current.next).to.be.undefined()
    await clock.advance(30 * 60_000)
    expect(source.current.next).to.be.ok()
  })

  it('for other starts as well: they find both', async () => {
    const source = await start()
    await clock.advance(13.5 * DAY)

    expect((await start()).current).to.deep.equal(source.current)
  })

  it('so that the newest comes first in the store: @libp2p/webrtc reads no other', async () => {
    const source = await start()
    await clock.advance(13.5 * DAY)
    const first = new X509Certificate(await store.datastore.get(DATASTORE_KEY))

    expect(first.raw).to.equalBytes(new X509Certificate(source.current.next?.pem ?? '').raw)
  })

  it('before a start that comes after the end of the old one: it presents the next one', async () => {
    const source = await start()
    await clock.advance(13.5 * DAY)
    const { next } = source.current
    source.stop()
    clock.sleep(DAY)

    expect((await start()).current.presented).to.deep.equal(next)
  })

  it('at a start in the last day: the old one is presented until its end', async () => {
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

  it('until stop(), and no more', async () => {
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
