import 'reflect-metadata'
import { createPrivateKey } from 'node:crypto'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { BasicConstraintsExtension, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import { expect } from 'aegir/chai'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { checkOwnCertificate } from '../../src/certificates/own.node.ts'
import { encodeCerthash } from '../../src/wire/address.ts'
import { withUnreadableEnd } from '../support/unreadable-end.ts'
import type { OwnCertificate } from '../../src/certificate-options.ts'

const P_256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const NOW = Date.UTC(2026, 5, 1)
const START = new Date(Date.UTC(2026, 0, 1))
const END = new Date(Date.UTC(2027, 0, 1))

async function make (algorithm: any = P_256, names: string[] = []): Promise<OwnCertificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as CryptoKeyPair
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=example.com, C=US',
    notBefore: START,
    notAfter: END,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names.map(value => ({ type: 'dns' as const, value })))] : [])
    ]
  }, crypto)
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))

  return {
    privateKey: createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({ format: 'pem', type: 'pkcs8' }).toString(),
    pem: certificate.toString('pem')
  }
}

describe('own certificates', () => {
  let own: OwnCertificate

  before(async () => {
    own = await make()
  })

  it('are taken as they are', () => {
    const { pem, privateKey, fingerprint } = checkOwnCertificate(own, NOW)

    expect(pem.replaceAll('\n', '')).to.equal(own.pem.replaceAll('\n', ''))
    expect(privateKey).to.equal(own.privateKey)
    expect(fingerprint).to.have.lengthOf(32)
  })

  it('may have their key in the form of openssl ecparam (SEC 1)', () => {
    const privateKey = createPrivateKey(own.privateKey).export({ format: 'pem', type: 'sec1' }).toString()

    expect(privateKey).to.include('BEGIN EC PRIVATE KEY')
    expect(checkOwnCertificate({ ...own, privateKey }, NOW)).to.deep.equal(checkOwnCertificate(own, NOW))
  })

  it('may have text around them, and other line ends', () => {
    const pem = `subject=CN = example.com\r\n${own.pem.replaceAll('\n', '\r\n')}\r\n`

    expect(checkOwnCertificate({ ...own, pem }, NOW)).to.deep.equal(checkOwnCertificate(own, NOW))
  })

  it('may be those that were derived', async () => {
    const derived = await deriveCertificate(await generateKeyPair('Ed25519'))

    expect(checkOwnCertificate(derived, NOW)).to.deep.equal(derived)
  })

  it('may have the certhash that @libp2p/webrtc asks for', () => {
    const certhash = encodeCerthash(checkOwnCertificate(own, NOW).fingerprint)

    expect(() => checkOwnCertificate({ ...own, certhash }, NOW)).to.not.throw()
  })

  const REFUSED: Array<[string, (own: OwnCertificate) => Partial<OwnCertificate> | Promise<Partial<OwnCertificate>>, RegExp, number?]> = [
    ['no PEM', () => ({ pem: 'certificate' }), /^certificate\.pem: there must be one .*, not 0/],
    ['a chain', own => ({ pem: own.pem + '\n' + own.pem }), /^certificate\.pem: there must be one .*, not 2/],
    ['damaged PEM', own => ({ pem: own.pem.replace(/\nMII/, '\nAAA') }), /^certificate\.pem: it can't be read/],
    ['the key in the place of the certificate', own => ({ pem: own.privateKey }), /^certificate\.pem: there must be one/],
    ['another curve', async () => make({ ...P_256, namedCurve: 'P-384' }), /^certificate\.pem: the key of the certificate is secp384r1, it must be ECDSA on P-256/],
    ['RSA', async () => make({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }), /^certificate\.pem: the key of the certificate is rsa, it must be/],
    ['its end', () => ({}), /^certificate\.pem: the certificate ended at 2027-01-01T00:00:00\.000Z$/, END.getTime()],
    ['an end that is no date', own => ({ pem: withUnreadableEnd(own.pem) }), /^certificate\.pem: its dates can't be read/],
    ['its start to come', () => ({}), /^certificate\.pem: the certificate is not valid before 2026-01-01T00:00:00\.000Z: is the clock right\?$/, START.getTime() - 1],
    ['too many bytes', async () => make(P_256, Array.from({ length: 1_000 }, (_, i) => `host-${i}.example.com`)), /^certificate\.pem: the certificate has \d+ bytes, more than 16384$/],
    ['another key', async () => ({ privateKey: (await make()).privateKey }), /^certificate\.privateKey: it is not the key of certificate\.pem$/],
    ['a key that is not PEM', () => ({ privateKey: 'secret' }), /^certificate\.privateKey: it can't be read/],
    ['a key with a passphrase', own => ({ privateKey: createPrivateKey(own.privateKey).export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'secret' }).toString() }), /^certificate\.privateKey: it can't be read, it must be PEM without a passphrase/],
    ['another certhash', () => ({ certhash: encodeCerthash(new Uint8Array(32)) }), /^certificate\.certhash: uEi\S+ is not the hash of certificate\.pem, that is uEi/]
  ]

  REFUSED.forEach(([what, change, message, now]) => {
    it(`are refused with an error that says so: ${what}`, async () => {
      const changed = { ...own, ...await change(own) }

      expect(() => checkOwnCertificate(changed, now ?? NOW)).to.throw(message)
        .with.property('name', 'InvalidParametersError')
    })
  })

  it('are refused with errors that hold nothing of the key', () => {
    const lines = own.privateKey.split('\n')
    const privateKey = [lines[0], 'AAAA', ...lines.slice(1)].join('\n')

    expect(() => checkOwnCertificate({ ...own, privateKey }, NOW)).to.throw()
      .with.property('message').that.does.not.include(lines[1].slice(0, 16))
  })
})
