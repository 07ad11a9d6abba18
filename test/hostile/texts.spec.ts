import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { checkOwnCertificate } from '../../src/certificates/own.node.ts'
import { parseAnnounceAddress, parseBytes, parseCount, parseDialerVersion, parseHost, parseListenAddress, parsePeerAddress, parsePort, parseSeconds } from '../../src/cli/arguments.ts'
import { encodeCerthash, parseDialTarget, parseEndpoint, parseNamedDialTarget } from '../../src/wire/address.ts'
import { generateCredentials, isPwd, isUfrag } from '../../src/wire/credentials.ts'
import { parseFingerprint, readCandidates, readCredentials, readFingerprint, renderAnswer, renderOffer, withCredentials, withoutCandidates } from '../../src/wire/sdp.ts'
import { certificates, createStore, DATASTORE_KEY, letKeychainAnswerAtOnce, load, NOW } from '../support/certificate-store.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { mutated, mutatedText } from '../support/mutations.ts'

const CERTHASH = encodeCerthash(new Uint8Array(32).fill(7))

const ADDRESSES = [
  `/ip4/192.0.2.1/udp/9000/webrtc-direct/certhash/${CERTHASH}/p2p/12D3KooWGe1pN1R835XBJvijq1jtCbi3vR46dNTYK1ArECpVNyxi`,
  `/ip6/2001:db8::1/udp/9000/webrtc-direct/certhash/${CERTHASH}`,
  `/ip6zone/eth0/ip6/fe80::1/udp/9000/webrtc-direct/certhash/${CERTHASH}`,
  `/dns4/example.com/udp/9000/webrtc-direct/certhash/${CERTHASH}`,
  '/dnsaddr/example.com',
  '127.0.0.1', '::1', '9000', '65536', '10MiB', '1.5GB', '30', '0.2', 'auto'
]

function pemOf (der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`
}

describe('hostile texts', function () {
  this.timeout(TIMEOUT)

  it('are an address that can be dialed, or an error that says so', () => {
    fc.assert(fc.property(fc.oneof(mutatedText(...ADDRESSES), fc.string({ maxLength: 100 })), text => {
      let address

      try {
        address = multiaddr(text)
      } catch {
        // not one of ours: the library refuses it before
        return
      }

      for (const parse of [parseEndpoint, parseDialTarget, parseNamedDialTarget]) {
        try {
          const target = parse(address)
          expect(target == null || (target.port >= 0 && target.port < 65_536)).to.equal(true)
        } catch (err: any) {
          expect(err.name).to.be.oneOf(['InvalidMultiaddrError', 'UnsupportedHashError'])
        }
      }
    }), budget(2_000))
  })

  it('are words of a command line, or an error that is shown without a stack', () => {
    const parsers: Array<(text: string) => unknown> = [parseAnnounceAddress, parseBytes, parseCount, parseDialerVersion, parseHost, parseListenAddress, parsePeerAddress, parsePort, parseSeconds]

    fc.assert(fc.property(fc.oneof(mutatedText(...ADDRESSES), fc.string({ unit: 'binary', maxLength: 60 }), fc.double().map(String)), text => {
      for (const parse of parsers) {
        try {
          const value = parse(text)
          expect(value == null || Number.isNaN(value)).to.equal(false)
        } catch (err: any) {
          expect(err.name === 'UsageError' || err.code === 'commander.invalidArgument', `${parse.name}: ${err.stack}`).to.equal(true)
        }
      }
    }), budget(2_000))
  })

  it('that a browser could say in a session description are read, or not there', () => {
    const end = { host: '192.0.2.1', port: 9, family: 4 as const, credentials: generateCredentials(1).client, fingerprint: new Uint8Array(32) }

    fc.assert(fc.property(fc.oneof(mutatedText(renderAnswer(end), renderOffer(end)), fc.string({ unit: 'binary', maxLength: 500 })), sdp => {
      const fingerprint = readFingerprint(sdp)
      expect(fingerprint?.byteLength).to.be.oneOf([undefined, 32])
      expect(parseFingerprint(sdp)?.byteLength).to.be.oneOf([undefined, 32])

      readCandidates(sdp).forEach(candidate => { expect(candidate).to.not.match(/[\r\n]/) })
      expect(readCandidates(withoutCandidates(sdp))).to.deep.equal([])

      const credentials = readCredentials(sdp)

      if (credentials != null) {
        expect(`${credentials.ufrag}${credentials.pwd}`).to.not.include('\n')
        expect(readCredentials(withCredentials(sdp, end.credentials))).to.deep.equal(end.credentials)
      }
    }), budget(1_000))
  })

  it('that go into a session description hold no line of their own', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), fc.string({ unit: 'binary', maxLength: 100 }), (ufrag, pwd) => {
      // everything is checked before it is written down
      if (isUfrag(ufrag) && isPwd(pwd)) {
        const sdp = renderOffer({ host: '192.0.2.1', port: 9, family: 4, credentials: { ufrag, pwd }, fingerprint: new Uint8Array(32) })
        expect(sdp.split('\r\n')).to.have.lengthOf(16)
      } else {
        expect(/^[A-Za-z0-9+/]{4,256}$/.test(ufrag) && /^[A-Za-z0-9+/]{22,256}$/.test(pwd)).to.equal(false)
      }
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
      der = Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64')
    })

    it('are taken with dates that hold, or refused', () => {
      const texts = fc.oneof(
        fc.record({ pem: fc.constant(0).chain(() => mutated(fc.constant(der))).map(pemOf), privateKey: fc.constant(0).map(() => privateKey) }),
        fc.record({ pem: fc.constant(0).chain(() => mutatedText(pem)), privateKey: fc.constant(0).map(() => privateKey) }),
        fc.record({ pem: fc.constant(0).map(() => pem), privateKey: fc.constant(0).chain(() => mutatedText(privateKey)) })
      )

      fc.assert(fc.property(texts, own => {
        try {
          expect(checkOwnCertificate(own, NOW).fingerprint.byteLength).to.equal(32)
        } catch (err: any) {
          expect(err.name, err.stack).to.equal('InvalidParametersError')
        }
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
    const storedDer = Buffer.from(`${stored}`.replace(/-----.*-----|\s/g, ''), 'base64')
    const value = fc.oneof(mutated(fc.constant(stored)), mutated(fc.constant(storedDer)).map(der => Buffer.from(pemOf(der))))

    await fc.assert(fc.asyncProperty(value, async value => {
      await store.datastore.put(DATASTORE_KEY, value)
      const clock = new FakeClock(NOW)
      const source = certificates(store, clock)

      try {
        await source.load()
        expect(source.current.presented.fingerprint.byteLength).to.equal(32)
      } catch (err: any) {
        expect(err.name, err.stack).to.equal('CertificateStoreError')
        expect(Buffer.from(await store.datastore.get(DATASTORE_KEY)).equals(value)).to.equal(true)
      } finally {
        source.stop()
      }
    }), budget(60))
  })
})
