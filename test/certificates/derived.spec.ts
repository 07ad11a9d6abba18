import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { generateKeyPair, generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { expect } from 'aegir/chai'
import { deriveCertificate, deriveP256Key, unsignedInteger } from '../../src/certificates/derived.ts'
import { renderFingerprint } from '../../src/wire/sdp.ts'
import type { PrivateKey } from '@libp2p/interface'

async function counting (): Promise<PrivateKey> {
  return generateKeyPairFromSeed('Ed25519', Uint8Array.from({ length: 32 }, (_, i) => i))
}

function hex (text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'))
}

describe('derived certificates', () => {
  /**
   * The same key and fingerprint as in TestDeterministicCertificateGoldenVector
   * of go-libp2p, whose warning holds here as well:
   *
   * A fixed host key must always map to this exact certhash. It is the value that
   * other peers store and pin. Updating it is a breaking, network-visible event:
   * don't do it to make a red test green without understanding why the
   * derivation changed.
   */
  it('have the certhash of go-libp2p for the same key', async () => {
    const { fingerprint } = await deriveCertificate(await counting())

    expect(renderFingerprint(fingerprint).toLowerCase()).to.equal('dd:6e:2d:63:b0:f0:61:9e:18:7a:03:1f:64:77:16:37:a0:41:8a:71:dc:d8:b9:d7:8c:6c:69:b1:f4:25:64:91')
  })

  for (const [type, generate] of [
    ['Ed25519', async () => generateKeyPair('Ed25519')],
    ['secp256k1', async () => generateKeyPair('secp256k1')],
    ['RSA', async () => generateKeyPair('RSA', 2048)],
    ['ECDSA', async () => generateKeyPair('ECDSA', 'P-384')]
  ] as Array<[string, () => Promise<PrivateKey>]>) {
    describe(`of a key of type ${type}`, () => {
      let key: PrivateKey

      before(async () => {
        key = await generate()
      })

      it('are the same every time', async () => {
        const certificate = await deriveCertificate(key)

        for (let i = 0; i < 5; i++) {
          expect(await deriveCertificate(key)).to.deep.equal(certificate)
        }
      })

      it('are others for another key', async () => {
        const { fingerprint, privateKey } = await deriveCertificate(key)
        const other = await deriveCertificate(await generate())

        expect(other.fingerprint).to.not.equalBytes(fingerprint)
        expect(other.privateKey).to.not.equal(privateKey)
      })
    })
  }

  describe('as X.509', () => {
    let x509: X509Certificate
    let certificate: Awaited<ReturnType<typeof deriveCertificate>>

    before(async () => {
      certificate = await deriveCertificate(await counting())
      x509 = new X509Certificate(certificate.pem)
    })

    it('have a fingerprint that is the sha-256 digest of the DER', () => {
      expect(certificate.fingerprint).to.equalBytes(createHash('sha256').update(x509.raw).digest())
    })

    it('fit their key, which is on P-256', () => {
      const key = createPrivateKey(certificate.privateKey)

      expect(x509.checkPrivateKey(key)).to.be.true()
      expect(key.asymmetricKeyDetails).to.have.property('namedCurve', 'prime256v1')
    })

    it('are signed by themselves', () => {
      expect(x509.subject).to.equal('CN=libp2p-webrtc-direct')
      expect(x509.issuer).to.equal(x509.subject)
      expect(x509.verify(x509.publicKey)).to.be.true()
    })

    it('are valid for the century that go-libp2p gives them', () => {
      expect(new Date(x509.validFrom).toISOString()).to.equal('2020-01-01T00:00:00.000Z')
      expect(new Date(x509.validTo).toISOString()).to.equal('2120-01-01T00:00:00.000Z')
    })

    it('are PEM with lines of 64 characters (RFC 7468)', () => {
      for (const [label, pem] of [['CERTIFICATE', certificate.pem], ['PRIVATE KEY', certificate.privateKey]]) {
        expect(pem).to.match(new RegExp(`^-----BEGIN ${label}-----\n(?:[A-Za-z0-9+/=]{64}\n)*[A-Za-z0-9+/=]{1,64}\n-----END ${label}-----\n$`))
      }
    })
  })

  describe('det-keygen for P-256', () => {
    // from the tests of filippo.io/keygen, which go-libp2p uses
    for (const [seed, key] of [
      ['42'.repeat(16), '15700ff8c638dc511c611a61ff1b6745ea6f6e04d99ecdd8a5de2cdca1c6d8f5'],
      ['42'.repeat(21), '7f2a6218d4b69cc834fab1b296076a5963935841ba95f9776022c65b59e3d26a'],
      ['42'.repeat(24), '1b2185d5f67ed9cccba7a0f9e0bb46e95e386e868f3975fc09b9cf59a12df2d8'],
      ['42'.repeat(36), 'b5ef8aa94a362efb9c412fc8fbb4a7019ca4368c75fec513c736d6490a532023'],
      ['42'.repeat(48), '6301a7539e1da2eacb3d61b5b554c1269f57b03c41cf6c3cb3ec16c6d7c4c520'],

      // the first draw is not below the order of the group
      ['b432f9be30890480298218510559aed7', '8e33078565bd7d1f9f81011fa8b788632af840074ab0eb31f8022b77547d61f3']
    ]) {
      it(`makes the key of its test vectors of ${seed.length / 2} bytes, ${seed.slice(0, 8)}…`, () => {
        expect(deriveP256Key(hex(seed))).to.equalBytes(hex(key))
      })
    }
  })

  describe('have serial numbers of which', () => {
    for (const [bytes, integer] of [
      ['0102030405060708', '0102030405060708'],
      ['8102030405060708', '008102030405060708'],
      ['0000030405060708', '030405060708'],
      ['0000830405060708', '00830405060708'],
      ['00000000000000ff', '00ff'],
      ['0000000000000001', '01'],
      ['0000000000000000', '01']
    ]) {
      it(`${bytes} is the integer ${integer}`, () => {
        expect(new Uint8Array(unsignedInteger(hex(bytes)))).to.equalBytes(hex(integer))
      })
    }
  })
})
