import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { parseFingerprint, readCandidates, readCredentials, readFingerprint, renderAnswer, renderCandidate, renderFingerprint, renderOffer, withCredentials, withoutCandidates, withoutEnd } from '../../src/wire/sdp.ts'

const DIGEST = Uint8Array.from({ length: 32 }, (_, i) => i * 8)
const FINGERPRINT = '00:08:10:18:20:28:30:38:40:48:50:58:60:68:70:78:80:88:90:98:A0:A8:B0:B8:C0:C8:D0:D8:E0:E8:F0:F8'

const END = {
  host: '192.0.2.1',
  port: 4001,
  family: 4 as const,
  credentials: { ufrag: 'libp2p+webrtc+v1/ufrag', pwd: 'libp2p+webrtc+v1/password' },
  fingerprint: DIGEST
}

describe('session descriptions', () => {
  it('of a listener are the answer that the specification shows', () => {
    expect(renderAnswer(END)).to.equal([
      'v=0',
      'o=- 0 0 IN IP4 192.0.2.1',
      's=-',
      't=0 0',
      'a=ice-lite',
      'm=application 4001 UDP/DTLS/SCTP webrtc-datachannel',
      'c=IN IP4 192.0.2.1',
      'a=mid:0',
      'a=ice-ufrag:libp2p+webrtc+v1/ufrag',
      'a=ice-pwd:libp2p+webrtc+v1/password',
      `a=fingerprint:sha-256 ${FINGERPRINT}`,
      'a=setup:passive',
      'a=sctp-port:5000',
      'a=max-message-size:16384',
      'a=candidate:1 1 UDP 2130706431 192.0.2.1 4001 typ host',
      'a=end-of-candidates',
      ''
    ].join('\r\n'))
  })

  it('of a dialer differ in who starts DTLS, and is a full ICE agent: the dialer', () => {
    expect(renderOffer(END)).to.equal(renderAnswer(END).replace('a=setup:passive', 'a=setup:active').replace('a=ice-lite\r\n', ''))
  })

  it('say that there may be further candidates by leaving out where they end', () => {
    expect(withoutEnd(renderAnswer(END))).to.equal(renderAnswer(END).replace('a=end-of-candidates\r\n', ''))
    expect(renderCandidate('192.0.2.1', 4001)).to.equal('candidate:1 1 UDP 2130706431 192.0.2.1 4001 typ host')
    expect(renderCandidate('2001:db8::1', 4001, 2)).to.equal('candidate:3 1 UDP 2130706429 2001:db8::1 4001 typ host')
  })

  it('name the family of the address', () => {
    const sdp = renderAnswer({ ...END, host: '2001:db8::1', family: 6 })

    expect(sdp).to.include('c=IN IP6 2001:db8::1\r\n')
    expect(sdp).to.include('a=candidate:1 1 UDP 2130706431 2001:db8::1 4001 typ host\r\n')
  })
})

/**
 * What Chromium 156 offers
 */
const OFFER = [
  'v=0',
  'o=- 4611738281047105143 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  'a=extmap-allow-mixed',
  'a=msid-semantic: WMS',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:6MyL',
  'a=ice-pwd:xgwEcELzpaAQX+5Jxk1Hn9vz',
  'a=ice-options:trickle',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  ''
].join('\r\n')

describe('ICE credentials in a description', () => {
  it('are read', () => {
    expect(readCredentials(OFFER)).to.deep.equal({ ufrag: '6MyL', pwd: 'xgwEcELzpaAQX+5Jxk1Hn9vz' })
    expect(readCredentials(OFFER.replaceAll('\r\n', '\n'))).to.deep.equal({ ufrag: '6MyL', pwd: 'xgwEcELzpaAQX+5Jxk1Hn9vz' })
  })

  it('are not there where one of the two is missing', () => {
    expect(readCredentials('')).to.be.undefined()
    expect(readCredentials(OFFER.replace('a=ice-pwd', 'a=x'))).to.be.undefined()
    expect(readCredentials(OFFER.replace('a=ice-ufrag', 'a=x'))).to.be.undefined()
  })

  it('are replaced, and nothing else is', () => {
    const munged = withCredentials(OFFER, END.credentials)

    expect(readCredentials(munged)).to.deep.equal(END.credentials)
    expect(withCredentials(munged, { ufrag: '6MyL', pwd: 'xgwEcELzpaAQX+5Jxk1Hn9vz' })).to.equal(OFFER)
  })

  it('are replaced wherever they are: in the session and in the media section', () => {
    const munged = withCredentials(`a=ice-ufrag:abcd\r\n${OFFER}`, END.credentials)

    expect(munged).to.not.include('abcd')
    expect(munged).to.not.include('6MyL')
  })
})

describe('candidates', () => {
  it('are taken out of a description', () => {
    const answer = renderAnswer(END)

    expect(readCandidates(answer)).to.deep.equal(['candidate:1 1 UDP 2130706431 192.0.2.1 4001 typ host'])
    expect(readCandidates(withoutCandidates(answer))).to.be.empty()
    expect(readCandidates(withoutCandidates('a=candidate:1 without an end of line'))).to.be.empty()
    expect(withoutCandidates(answer)).to.match(/\r\na=max-message-size:16384\r\n$/)
  })

  it('leave no address behind, which may be a name: Firefox would not read it', () => {
    const answer = withoutCandidates(renderAnswer({ ...END, host: 'example.test' }))

    expect(answer).to.include('\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n')
    expect(answer.match(/example\.test/g)).to.have.lengthOf(1)
  })
})

describe('fingerprints', () => {
  it('are upper case hex with colons', () => {
    expect(renderFingerprint(DIGEST)).to.equal(FINGERPRINT)
  })

  it('are read as they are written', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), digest => {
      expect(parseFingerprint(renderFingerprint(digest))).to.equalBytes(digest)
      expect(readFingerprint(renderAnswer({ ...END, fingerprint: digest }))).to.equalBytes(digest)
    }))
  })

  it('are read in lower case', () => {
    expect(parseFingerprint(FINGERPRINT.toLowerCase())).to.equalBytes(DIGEST)
  })

  for (const [what, fingerprint] of [
    ['nothing', ''],
    ['31 bytes', FINGERPRINT.slice(3)],
    ['33 bytes', `${FINGERPRINT}:00`],
    ['no colons', FINGERPRINT.replaceAll(':', '')],
    ['something else than hex', FINGERPRINT.replace('00', '0G')]
  ]) {
    it(`are not ${what}`, () => {
      expect(parseFingerprint(fingerprint)).to.be.undefined()
    })
  }

  it('are found with either line ending, and at the end', () => {
    for (const sdp of [
      `v=0\r\na=fingerprint:sha-256 ${FINGERPRINT}\r\na=mid:0\r\n`,
      `v=0\na=fingerprint:SHA-256 ${FINGERPRINT.toLowerCase()}\na=mid:0\n`,
      `a=fingerprint:sha-256 ${FINGERPRINT}`
    ]) {
      expect(readFingerprint(sdp)).to.equalBytes(DIGEST)
    }
  })

  it('are not found where there is none, or none that is sha-256', () => {
    expect(readFingerprint('')).to.be.undefined()
    expect(readFingerprint(`a=fingerprint:sha-512 ${FINGERPRINT}:${FINGERPRINT}\r\n`)).to.be.undefined()
    expect(readFingerprint(`a=fingerprint:sha-256 ${FINGERPRINT}:00\r\n`)).to.be.undefined()
    expect(readFingerprint(`a=x a=fingerprint:sha-256 ${FINGERPRINT}\r\n`)).to.be.undefined()
  })
})
