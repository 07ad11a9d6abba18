import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { generateCredentials, isPwd, isRustLibp2p, isUfrag, parseCredentials } from '../../src/wire/credentials.ts'

const V1 = 'libp2p+webrtc+v1/'
const SECRET = `${V1}0123456789ABCDEFabcdef+/`

describe('credentials', () => {
  describe('made for dialing', () => {
    it('are the same four times, with the prefix of version 1', () => {
      const { client, server } = generateCredentials()

      expect(client.ufrag).to.match(/^libp2p\+webrtc\+v1\/[A-Za-z0-9+/]{32}$/)
      expect(client.pwd).to.equal(client.ufrag)
      expect(server).to.deep.equal(client)
    })

    it('are valid for ICE', () => {
      const { client } = generateCredentials()

      expect(isUfrag(client.ufrag)).to.be.true()
      expect(isPwd(client.pwd)).to.be.true()
    })

    it('are what a listener recovers', () => {
      const credentials = generateCredentials()

      expect(parseCredentials(credentials.server.ufrag, credentials.client.ufrag)).to.deep.equal(credentials)
    })

    it('are never the same twice', () => {
      const made = Array.from({ length: 1_000 }, () => generateCredentials().client.ufrag)

      expect(new Set(made)).to.have.property('size', 1_000)
    })

    it('use all ice-chars', () => {
      const chars = Array.from({ length: 1_000 }, () => generateCredentials().client.ufrag.slice(V1.length)).join('')

      expect(new Set(chars)).to.have.property('size', 64)
    })
  })

  it('tell rust-libp2p from the others by their length', () => {
    expect(isRustLibp2p(V1.padEnd(V1.length + 64, 'a'))).to.be.true()
    expect(isRustLibp2p(V1.padEnd(V1.length + 32, 'a'))).to.be.false()
    expect(isRustLibp2p(generateCredentials().client.ufrag)).to.be.false()
  })

  describe('of a STUN request', () => {
    it('are those of version 1 where both halves are one string with its prefix', () => {
      const expected = { ufrag: SECRET, pwd: SECRET }

      expect(parseCredentials(SECRET, SECRET)).to.deep.equal({ client: expected, server: expected })
    })

    it('may have 256 characters', () => {
      const longest = V1.padEnd(256, 'a')

      expect(parseCredentials(longest, longest)).to.be.ok()
    })

    it('may have 22 characters, the shortest password', () => {
      const shortest = V1.padEnd(22, 'a')

      expect(parseCredentials(shortest, shortest)).to.be.ok()
    })

    for (const [what, ufrag] of [
      ['nothing', ''],
      ['no prefix', '0123456789ABCDEFabcdef+/'],
      ['zero bytes where the prefix should be', SECRET.replace(V1, '\0'.repeat(V1.length))],
      ['the prefix of an unknown version', SECRET.replace('v1', 'v9')],
      ['the prefix in other case', SECRET.replace(V1, V1.toUpperCase())],
      ['the prefix elsewhere', `a${SECRET}`],
      ['only the prefix', V1],
      ['21 characters, less than a password has', V1.padEnd(21, 'a')],
      ['257 characters', V1.padEnd(257, 'a')],
      ['a NUL byte', `${SECRET}\0`],
      ['a line break', `${SECRET}\r\na=x`],
      ['a final line break', `${SECRET}\n`],
      ['a space', `${SECRET} `],
      ['a colon', `${SECRET}:${SECRET}`],
      ['characters of base64url', `${SECRET}-_`],
      ['a letter that is not ASCII', `${SECRET}é`]
    ]) {
      it(`are refused with ${what}`, () => {
        expect(parseCredentials(ufrag, ufrag)).to.be.undefined()
      })
    }

    it('are refused where the halves differ', () => {
      expect(parseCredentials(SECRET, `${SECRET}a`)).to.be.undefined()
      expect(parseCredentials(SECRET, '')).to.be.undefined()
      expect(parseCredentials('', SECRET)).to.be.undefined()
    })

    it('are valid for ICE whatever was sent, or refused', () => {
      const half = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 })).map(rest => `${V1}${rest}`)

      fc.assert(fc.property(half, ufrag => {
        const credentials = parseCredentials(ufrag, ufrag)

        expect(credentials == null).to.equal(!isUfrag(ufrag) || !isPwd(ufrag))
      }))
    })
  })

  describe('RFC 8839', () => {
    it('has ufrags of 4 to 256 ice-chars', () => {
      expect(isUfrag('abc')).to.be.false()
      expect(isUfrag('ab+/')).to.be.true()
      expect(isUfrag('a'.repeat(256))).to.be.true()
      expect(isUfrag('a'.repeat(257))).to.be.false()
      expect(isUfrag('abc\n')).to.be.false()
      expect(isUfrag('abcd\n')).to.be.false()
    })

    it('has passwords of 22 to 256 ice-chars', () => {
      expect(isPwd('a'.repeat(21))).to.be.false()
      expect(isPwd('a'.repeat(22))).to.be.true()
      expect(isPwd('a'.repeat(256))).to.be.true()
      expect(isPwd('a'.repeat(257))).to.be.false()
      expect(isPwd(`${'a'.repeat(22)}=`)).to.be.false()
    })
  })
})
