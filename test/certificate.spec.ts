import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { expect } from 'aegir/chai'
import { generateCertificate } from '../src/certificate.ts'
import type { TransportCertificate } from '../src/certificate.ts'

const DAY = 24 * 60 * 60 * 1_000

describe('certificates', () => {
  let certificate: TransportCertificate
  let x509: X509Certificate

  beforeEach(async () => {
    certificate = await generateCertificate()
    x509 = new X509Certificate(certificate.pem)
  })

  it('have a fingerprint that is the sha-256 digest of the DER', () => {
    expect(certificate.fingerprint).to.equalBytes(createHash('sha256').update(x509.raw).digest())
  })

  it('fit their key, which is on P-256', () => {
    const key = createPrivateKey(certificate.privateKey)

    expect(x509.checkPrivateKey(key)).to.be.true()
    expect(key.asymmetricKeyType).to.equal('ec')
    expect(key.asymmetricKeyDetails).to.have.property('namedCurve', 'prime256v1')
  })

  it('are signed by themselves', () => {
    expect(x509.issuer).to.equal(x509.subject)
    expect(x509.verify(x509.publicKey)).to.be.true()
  })

  it('are valid from a day ago, where clocks differ, for years', () => {
    expect(Date.parse(x509.validFrom)).to.be.within(Date.now() - DAY - 60_000, Date.now() - DAY + 60_000)
    expect(Date.parse(x509.validTo)).to.be.above(Date.now() + 9 * 365 * DAY)
  })

  it('have a positive serial number of at most 20 octets (RFC 5280)', () => {
    const serial = Buffer.from(x509.serialNumber, 'hex')

    expect(serial.byteLength).to.be.within(1, 20)
    expect(serial[0]).to.be.within(0x01, 0x7f)
  })

  it('are PEM with lines of 64 characters (RFC 7468)', () => {
    for (const [label, pem] of [['CERTIFICATE', certificate.pem], ['PRIVATE KEY', certificate.privateKey]]) {
      expect(pem).to.match(new RegExp(`^-----BEGIN ${label}-----\n(?:[A-Za-z0-9+/=]{64}\n)*[A-Za-z0-9+/=]{1,64}\n-----END ${label}-----\n$`))
    }
  })

  it('are never the same twice', async () => {
    const other = await generateCertificate()

    expect(other.fingerprint).to.not.equalBytes(certificate.fingerprint)
    expect(other.privateKey).to.not.equal(certificate.privateKey)
  })
})
