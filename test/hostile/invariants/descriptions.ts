/**
 * Session descriptions that a browser could say, and what is written into one
 */
import { expect } from 'aegir/chai'
import { generateCredentials, isPwd, isUfrag } from '../../../src/wire/credentials.ts'
import { parseFingerprint, readCandidates, readCredentials, readFingerprint, renderOffer, withCredentials, withoutCandidates } from '../../../src/wire/sdp.ts'

const LINES_OF_AN_OFFER = 16

export const END = { host: '192.0.2.1', port: 9, family: 4 as const, credentials: generateCredentials(1).client, fingerprint: new Uint8Array(32) }

/**
 * What is read of a description is right, or not there
 */
export function checkDescription (sdp: string): void {
  const fingerprint = readFingerprint(sdp)
  expect(fingerprint?.byteLength).to.be.oneOf([undefined, 32])
  expect(parseFingerprint(sdp)?.byteLength).to.be.oneOf([undefined, 32])

  readCandidates(sdp).forEach(candidate => { expect(candidate).to.not.match(/[\r\n]/) })
  expect(readCandidates(withoutCandidates(sdp))).to.deep.equal([])

  const credentials = readCredentials(sdp)

  if (credentials != null) {
    expect(`${credentials.ufrag}${credentials.pwd}`).to.not.include('\n')
    expect(readCredentials(withCredentials(sdp, END.credentials))).to.deep.equal(END.credentials)
  }
}

/**
 * Credentials that are written into a description hold no line of their own
 */
export function checkWritten (ufrag: string, pwd: string): void {
  // everything is checked before it is written down
  if (isUfrag(ufrag) && isPwd(pwd)) {
    const sdp = renderOffer({ ...END, credentials: { ufrag, pwd } })
    expect(sdp.split('\r\n')).to.have.lengthOf(LINES_OF_AN_OFFER)
  } else {
    expect(/^[A-Za-z0-9+/]{4,256}$/.test(ufrag) && /^[A-Za-z0-9+/]{22,256}$/.test(pwd)).to.equal(false)
  }
}
