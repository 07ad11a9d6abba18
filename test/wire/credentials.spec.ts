import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { credentialsOfDialer, generateCredentials, isPwd, isRustLibp2p, isUfrag, parseCredentials } from '../../src/wire/credentials.ts'

const V1 = 'libp2p+webrtc+v1/'
const V2 = 'libp2p+webrtc+v2/'
const PWD = '0123456789ABCDEFabcdef+/'
const SECRET = `${V1}${PWD}`

describe('credentials', () => {
  describe('made for dialing', () => {
    it('are the same four times, with the prefix of version 1', () => {
      const { client, server } = generateCredentials(1)

      expect(client.ufrag).to.match(/^libp2p\+webrtc\+v1\/[A-Za-z0-9+/]{32}$/)
      expect(client.pwd).to.equal(client.ufrag)
      expect(server).to.deep.equal(client)
    })

    it('are valid for ICE', () => {
      const { client } = generateCredentials(1)

      expect(isUfrag(client.ufrag)).to.be.true()
      expect(isPwd(client.pwd)).to.be.true()
    })

    it('are what a listener recovers', () => {
      const credentials = generateCredentials(1)

      expect(parseCredentials(credentials.server.ufrag, credentials.client.ufrag)).to.deep.equal(credentials)
    })

    it('are never the same twice', () => {
      const made = Array.from({ length: 1_000 }, () => generateCredentials(1).client.ufrag)

      expect(new Set(made)).to.have.property('size', 1_000)
    })

    it('use all ice-chars', () => {
      const chars = Array.from({ length: 1_000 }, () => generateCredentials(1).client.ufrag.slice(V1.length)).join('')

      expect(new Set(chars)).to.have.property('size', 64)
    })
  })

  describe('made for dialing with version 2', () => {
    it('tell the listener the password of the dialer', () => {
      const { version, client, server } = generateCredentials(2)

      expect(version).to.equal(2)
      expect(client.ufrag).to.match(/^[A-Za-z0-9+/]{8}$/)
      expect(client.pwd).to.match(/^[A-Za-z0-9+/]{32}$/)
      expect(server).to.deep.equal({ ufrag: `${V2}${client.pwd}`, pwd: `${V2}${client.pwd}` })
    })

    it('are what a listener recovers', () => {
      const credentials = generateCredentials(2)

      expect(parseCredentials(credentials.server.ufrag, credentials.client.ufrag)).to.deep.equal(credentials)
    })

    it('may be those of a browser', () => {
      const chromium = { ufrag: '4aXy', pwd: 'pwd+pwd/pwd0pwd1pwd2pwd3' }

      expect(credentialsOfDialer(chromium)).to.deep.equal({
        version: 2,
        client: chromium,
        server: { ufrag: `${V2}${chromium.pwd}`, pwd: `${V2}${chromium.pwd}` }
      })
    })

    it('can have a password of up to 239 characters, as the prefix counts too', () => {
      expect(credentialsOfDialer({ ufrag: 'abcd', pwd: 'a'.repeat(239) }).server.ufrag).to.have.lengthOf(256)
      expect(() => credentialsOfDialer({ ufrag: 'abcd', pwd: 'a'.repeat(240) })).to.throw().with.property('name', 'InvalidParametersError')
    })

    it('are refused where they break RFC 8839', () => {
      for (const [ufrag, pwd] of [['abc', 'a'.repeat(22)], ['abcd', 'a'.repeat(21)], ['ab d', 'a'.repeat(22)], ['abcd', `${'a'.repeat(22)}\n`]]) {
        expect(() => credentialsOfDialer({ ufrag, pwd }), `${ufrag} ${pwd}`).to.throw().with.property('name', 'InvalidParametersError')
      }
    })
  })

  it('tell rust-libp2p from the others by their length', () => {
    const withLength = (length: number): boolean => {
      const ufrag = V1.padEnd(V1.length + length, 'a')
      const credentials = parseCredentials(ufrag, ufrag)

      return credentials != null && isRustLibp2p(credentials)
    }

    expect(withLength(64)).to.be.true()
    expect(withLength(32)).to.be.false()
    expect(isRustLibp2p(generateCredentials(1))).to.be.false()
    expect(isRustLibp2p(credentialsOfDialer({ ufrag: 'a'.repeat(V1.length + 64), pwd: 'a'.repeat(22) }))).to.be.false()
  })

  describe('of a STUN request', () => {
    it('are those of version 1 where both halves are one string with its prefix', () => {
      const expected = { ufrag: SECRET, pwd: SECRET }

      expect(parseCredentials(SECRET, SECRET)).to.deep.equal({ version: 1, client: expected, server: expected })
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

  describe('of a STUN request of version 2', () => {
    for (const [what, server, client] of [
      ['a browser', `${V2}${PWD}`, 'abcd'],
      ['the longest ufrag of a dialer', `${V2}${PWD}`, 'a'.repeat(256)],
      ['the shortest password', V2.padEnd(V2.length + 22, 'a'), 'abcd'],
      ['the longest password', V2.padEnd(256, 'a'), 'abcd'],
      ['a ufrag that looks like version 1', `${V2}${PWD}`, SECRET],
      ['both halves the same', `${V2}${PWD}`, `${V2}${PWD}`],
      ['a password with the prefix in it once more', `${V2}${V2}aaaaa`, 'abcd']
    ]) {
      it(`are taken with ${what}`, () => {
        expect(parseCredentials(server, client)).to.deep.equal({
          version: 2,
          client: { ufrag: client, pwd: server.slice(V2.length) },
          server: { ufrag: server, pwd: server }
        })
      })
    }

    for (const [what, server, client] of [
      ['no password', V2, 'abcd'],
      ['a password of 21 characters', V2.padEnd(V2.length + 21, 'a'), 'abcd'],
      ['prefix and password of 257 characters', V2.padEnd(257, 'a'), 'abcd'],
      ['a password that is none', `${V2}${PWD}=`, 'abcd'],
      ['a line break in the password', `${V2}${PWD}\r\na=x`, 'abcd'],
      ['no ufrag of the dialer', `${V2}${PWD}`, ''],
      ['a ufrag of three characters', `${V2}${PWD}`, 'abc'],
      ['a ufrag of 257 characters', `${V2}${PWD}`, 'a'.repeat(257)],
      ['a ufrag that is none', `${V2}${PWD}`, 'ab:d'],
      ['the prefix in the ufrag of the dialer only', PWD, `${V2}${PWD}`],
      ['the prefix of version 1 at the listener, and not at the dialer', SECRET, 'abcd'],
      ['the prefix in other case', `${V2.toUpperCase()}${PWD}`, 'abcd'],
      ['the prefix of a version to come', `${V2.replace('2', '3')}${PWD}`, 'abcd'],
      ['the prefix of version 20', `${V2.replace('2', '20')}${PWD}`, 'abcd']
    ]) {
      it(`are refused with ${what}`, () => {
        expect(parseCredentials(server, client)).to.be.undefined()
      })
    }

    it('are valid for ICE whatever was sent, or refused', () => {
      const half = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 300 }), fc.constant(PWD), fc.constant(`${V2}${PWD}`), fc.constant(`${V1}${PWD}`))

      fc.assert(fc.property(half, half, (server, client) => {
        const credentials = parseCredentials(server, client)

        if (credentials != null) {
          for (const { ufrag, pwd } of [credentials.client, credentials.server]) {
            expect(isUfrag(ufrag) && isPwd(pwd), `${ufrag} ${pwd}`).to.be.true()
          }
        }
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
