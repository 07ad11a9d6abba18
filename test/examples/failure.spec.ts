import { AbortError, InvalidMultiaddrError, StreamResetError, TimeoutError, UnexpectedPeerError, UnsupportedProtocolError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { describeFailure, PHASES } from '../../examples/browser/failure.ts'
import { AddressRefusedError, CertificateMismatchError, ConnectionLostError, ConnectionSetupError, MungingRefusedError, SetupTimeoutError, WebRTCUnavailableError } from '../../src/errors.ts'
import type { Task } from '../../examples/browser/failure.ts'

interface Row {
  what: string
  err: unknown
  task?: Task
  title: string
  phase?: string
  says?: RegExp
}

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name })

const TABLE: Row[] = [
  { what: 'nobody answers', err: new SetupTimeoutError('no connection in time', 'ice'), title: 'Nobody answered', phase: 'ice', says: /running/ },
  { what: 'libp2p times out a dial', err: new TimeoutError('ice: no connection before the signal timed out'), title: 'Nobody answered', phase: 'ice' },
  { what: 'a dial of another transport times out', err: named('TimeoutError', 'signal timed out'), title: 'Nobody answered' },
  { what: 'the remote stops answering in the handshake', err: new SetupTimeoutError('no connection in time', 'noise'), title: 'The peer stopped answering', phase: 'noise' },
  { what: 'the stack fails to reach the remote', err: new ConnectionSetupError('could not connect', 'ice'), title: 'The peer could not be reached', phase: 'ice' },
  { what: 'another certificate is presented', err: new CertificateMismatchError('presented another', 'dtls'), title: 'Another certificate was presented', phase: 'dtls', says: /Copy the address/ },
  { what: 'another peer answers', err: Object.assign(new UnexpectedPeerError('noise: another'), { phase: 'noise' }), title: 'Another peer answered', phase: 'noise' },
  { what: 'the listener refuses', err: new ConnectionSetupError('closed', 'noise', { cause: new StreamResetError() }), title: 'The peer refused the connection', phase: 'noise' },
  { what: 'DTLS fails', err: new ConnectionSetupError('failed', 'dtls'), title: 'The connection could not be encrypted', phase: 'dtls' },
  { what: 'no channels can be opened', err: new ConnectionSetupError('failed', 'sctp'), title: 'No channels could be opened', phase: 'sctp' },
  { what: 'libp2p turns the connection down', err: new ConnectionSetupError('failed', 'upgrade'), title: 'libp2p did not take the connection', phase: 'upgrade' },
  { what: 'the browser refuses the port', err: new AddressRefusedError('the browser does not try port 9. Let the listener use another', 'ice'), title: 'The browser refuses that address', phase: 'ice', says: /^The browser does not try port 9\. Let the listener use another\. undefined$/ },
  { what: 'the browser refuses version 1', err: new MungingRefusedError('dial with 2', 'ice'), title: 'The browser refuses version 1 of the protocol', phase: 'ice', says: /^Dial with 2\./ },
  { what: 'a policy forbids WebRTC', err: new WebRTCUnavailableError('a policy forbids it', 'ice'), title: 'There is no WebRTC here', phase: 'ice', says: /^A policy forbids it\./ },
  { what: 'a part of the address is wrong', err: new InvalidMultiaddrError('address: /ip4/… has port 0, nobody can listen there'), title: 'That address can’t be dialed', phase: 'address', says: /^\/ip4\/… has port 0, nobody can listen there\./ },
  { what: 'the address is of another transport', err: named('NoValidAddressesError', 'none'), title: 'This page can’t dial that address', says: /\/webrtc-direct and \/certhash/ },
  { what: 'several addresses fail', err: new AggregateError([new SetupTimeoutError('a', 'ice'), new CertificateMismatchError('b', 'dtls')]), title: 'Another certificate was presented', phase: 'dtls' },
  { what: 'something else fails', err: new Error('the dog ate it'), title: 'Could not connect', says: /^The dog ate it\./ },
  { what: 'something is thrown that is no error', err: 'the dog ate it', title: 'Could not connect', says: /^The dog ate it\./ },
  { what: 'an error says nothing', err: new Error(), title: 'Could not connect', says: /^The connection failed\./ },
  { what: 'the remote is gone', err: new ConnectionLostError(30_000), task: 'stay-connected', title: 'The connection was lost', says: /Connect again/ },
  { what: 'the connection ends otherwise', err: new AbortError(), task: 'stay-connected', title: 'The connection ended' },
  { what: 'the peer answers no pings', err: new UnsupportedProtocolError('no'), task: 'ping', title: 'The peer answers no pings', says: /\/ipfs\/ping\/1\.0\.0/ },
  { what: 'the peer does not serve echo', err: new UnsupportedProtocolError('no'), task: 'send-file', title: 'The peer sends no files back', says: /\/echo\/1\.0\.0/ },
  { what: 'the peer resets the stream', err: new StreamResetError('the remote reset the stream'), task: 'send-file', title: 'The file did not come back', says: /^The remote reset the stream\./ },
  { what: 'the file is gone', err: named('NotFoundError', 'gone'), task: 'send-file', title: 'The file can’t be read', says: /Choose it again/ },
  { what: 'the file was changed', err: named('NotReadableError', 'changed'), task: 'send-file', title: 'The file can’t be read' }
]

describe('a failure in words', () => {
  for (const { what, err, task = 'connect', title, phase, says } of TABLE) {
    it(`is "${title}" if ${what}`, () => {
      const failure = describeFailure(err, task)

      expect(failure).to.deep.include({ title, phase })
      expect(failure.explanation).to.match(/^[A-Z/].*[.!?]$/)
      expect(`${failure.explanation} ${failure.advice}`).to.match(says ?? /./)
    })
  }

  it('has words for every phase', () => {
    for (const { phase } of PHASES) {
      const failure = describeFailure(new ConnectionSetupError('failed', phase), 'connect')

      expect(failure).to.include({ phase })
      expect(failure.advice).to.be.a('string')
    }
  })

  it('keeps the errors underneath, each once', () => {
    const cause = new StreamResetError('reset')
    const err = new ConnectionSetupError('closed', 'noise', { cause: new AggregateError([cause, cause], 'both') })

    expect(describeFailure(err, 'connect').detail).to.equal('ConnectionSetupError: noise: closed\nAggregateError: both\nStreamResetError: reset')
  })

  it('ends for errors that cause each other', () => {
    const err = new Error('a')
    err.cause = new Error('b', { cause: err })

    expect(describeFailure(err, 'connect').detail).to.equal('Error: a\nError: b')
  })
})
