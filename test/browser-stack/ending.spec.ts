import { expect } from 'aegir/chai'
import { endingOf } from '../../src/browser/ending.ts'
import type { Ending, States } from '../../src/browser/ending.ts'

const UP: States = { connection: 'connected', ice: 'connected', dtls: 'connected', sctp: 'connected' }

const cases: Array<{ what: string, states: Partial<States>, ending: Ending | undefined }> = [
  { what: 'a connection that is up', states: {}, ending: undefined },
  { what: 'one of an old browser, which tells less', states: { dtls: undefined, sctp: undefined }, ending: undefined },
  { what: 'one that is being set up', states: { connection: 'connecting', ice: 'checking', dtls: 'new', sctp: 'connecting' }, ending: undefined },
  { what: 'one whose path is cut', states: { connection: 'disconnected', ice: 'disconnected' }, ending: undefined },
  { what: 'one whose path stays cut, in Chromium', states: { connection: 'failed', ice: 'disconnected' }, ending: 'lost' },
  { what: 'one whose path stays cut, in Firefox', states: { connection: 'failed', ice: 'failed' }, ending: 'lost' },
  { what: 'one whose association was given up', states: { ice: 'disconnected', sctp: 'closed' }, ending: 'lost' },
  { what: 'one that the remote aborts', states: { sctp: 'closed' }, ending: 'closed' },
  { what: 'one that the remote closes', states: { dtls: 'closed' }, ending: 'closed' },
  { what: 'one with another certificate', states: { connection: 'failed', dtls: 'failed' }, ending: 'closed' },
  { what: 'one that is closed from here', states: { connection: 'closed', ice: 'closed', dtls: 'closed', sctp: 'closed' }, ending: 'closed' }
]

describe('the states of a connection of a browser', () => {
  cases.forEach(({ what, states, ending }) => {
    it(`of ${what} mean ${ending == null ? 'that it goes on' : `that it is ${ending}`}`, () => {
      expect(endingOf({ ...UP, ...states })).to.equal(ending)
    })
  })
})
