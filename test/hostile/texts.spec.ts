import { generateKeyPair } from '@libp2p/crypto/keys'
import fc from 'fast-check'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { renderAnswer, renderOffer } from '../../src/wire/sdp.ts'
import { createStore, DATASTORE_KEY, letKeychainAnswerAtOnce, load, NOW } from '../support/certificate-store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { mutated, mutatedText } from '../support/mutations.ts'
import { ADDRESSES, checkAddress } from './invariants/addresses.ts'
import { checkOwn, checkStored, derOf, pemOf } from './invariants/certificates.ts'
import { checkDescription, checkWritten, END } from './invariants/descriptions.ts'
import { checkWord, WORDS } from './invariants/words.ts'

describe('hostile texts', function () {
  this.timeout(TIMEOUT)

  it('are an address that can be dialed, or an error that says so', () => {
    fc.assert(fc.property(fc.oneof(mutatedText(...ADDRESSES), fc.string({ maxLength: 100 })), text => {
      checkAddress(text)
    }), budget(2_000))
  })

  it('are words of a command line, or an error that is shown without a stack', () => {
    fc.assert(fc.property(fc.oneof(mutatedText(...WORDS), fc.string({ unit: 'binary', maxLength: 60 }), fc.double().map(String)), text => {
      checkWord(text)
    }), budget(2_000))
  })

  it('that a browser could say in a session description are read, or not there', () => {
    fc.assert(fc.property(fc.oneof(mutatedText(renderAnswer(END), renderOffer(END)), fc.string({ unit: 'binary', maxLength: 500 })), sdp => {
      checkDescription(sdp)
    }), budget(1_000))
  })

  it('that go into a session description hold no line of their own', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ unit: 'binary', maxLength: 100 }), (ufrag, pwd) => {
      checkWritten(ufrag, pwd)
    }), budget(500))
  })

  describe('of certificates', () => {
    let pem: string
    let privateKey: string
    let der: Uint8Array

    before(async () => {
      const certificate = await deriveCertificate(await generateKeyPair('Ed25519'))
      pem = certificate.pem
      privateKey = certificate.privateKey
      der = derOf(pem)
    })

    it('are taken with dates that hold, or refused', () => {
      const texts = fc.oneof(
        fc.record({ pem: fc.constant(0).chain(() => mutated(fc.constant(der))).map(pemOf), privateKey: fc.constant(0).map(() => privateKey) }),
        fc.record({ pem: fc.constant(0).chain(() => mutatedText(pem)), privateKey: fc.constant(0).map(() => privateKey) }),
        fc.record({ pem: fc.constant(0).map(() => pem), privateKey: fc.constant(0).chain(() => mutatedText(privateKey)) })
      )

      fc.assert(fc.property(texts, own => {
        checkOwn(own)
      }), budget(1_500))
    })
  })
})

describe('hostile certificates that are stored', function () {
  this.timeout(TIMEOUT)

  letKeychainAnswerAtOnce()

  it('are used until a date, or refused and left as they are', async () => {
    const store = createStore()
    const source = await load(store, new FakeClock(NOW))
    source.stop()
    const stored = Buffer.from(await store.datastore.get(DATASTORE_KEY))
    const value = fc.oneof(mutated(fc.constant(stored)), mutated(fc.constant(derOf(`${stored}`))).map(der => Buffer.from(pemOf(der))))

    await fc.assert(fc.asyncProperty(value, async value => {
      await checkStored(store, value)
    }), budget(60))
  })
})
