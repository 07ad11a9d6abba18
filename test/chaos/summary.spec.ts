import { expect } from 'aegir/chai'
import { summarize } from '../../chaos/summary.ts'
import type { Interrupted, Outcome, Transfer } from '../../chaos/outcome.ts'

function transfer (fields: Partial<Transfer> = {}): Transfer {
  return { kind: 'transfer', what: 'echo', bytes: 1_000_000, arrived: 1_000_000, returned: 1_000_000, ms: 2_000, failures: [], ends: {}, pings: [], ...fields }
}

function ended (dialer: number, listener: number | undefined, error?: string): Interrupted {
  return {
    kind: 'interrupted',
    ends: { dialer: { ms: dialer, error }, listener: listener == null ? undefined : { ms: listener, error } },
    expected: [],
    operations: [],
    after: { ms: 100 }
  }
}

const close = 'close(): FinAckTimeoutError: not within 10000 ms'

const CASES: Array<[string, Outcome[], string]> = [
  ['transfers', [transfer(), transfer({ ms: 3_000 }), transfer({ ms: 9_000 })], '3 of 3 complete; 3.0 s (0.33 MB/s)'],
  ['bytes that are missing', [
    transfer({ returned: 999_000, failures: [close] }),
    transfer({ returned: 500, failures: [close] })
  ], '0 of 2 complete; 2 × 500 to 999,000 of 1,000,000 bytes, close(): FinAckTimeoutError'],
  ['a failure after everything arrived', [transfer({ failures: [close] })], '1 of 1 complete; 2.0 s (0.50 MB/s); close(): FinAckTimeoutError'],
  ['no time of an upload whose end nobody saw', [
    transfer({ what: 'upload', returned: 0, failures: [close] })
  ], '1 of 1 complete; close(): FinAckTimeoutError'],
  ['what is missing of either direction', [
    transfer({ what: 'both', arrived: 5, failures: [close] })
  ], '0 of 1 complete; 5 of 1,000,000 bytes, close(): FinAckTimeoutError'],
  ['a connection that ended meanwhile', [
    transfer({ returned: 5, failures: ['write: StreamResetError: x'], ends: { dialer: { ms: 1 } } })
  ], '0 of 1 complete; 5 of 1,000,000 bytes, write: StreamResetError, the connection ends without an error'],
  ['what had no end', [transfer(), { kind: 'broken', error: 'no end after 90 s' }], '1 of 2 complete; 2.0 s (0.50 MB/s); no end after 90 s'],
  ['pings', [
    transfer({ pings: [{ opened: 1, answered: 2, closed: 1_000 }, { opened: 1, answered: 2, closed: 3_000 }, 'TimeoutError: x'] })
  ], '1 of 1 complete; 2.0 s (0.50 MB/s); ping p50 2.0 s, longest 3.0 s; 1 of 3 pings failed'],
  ['exchanges', [
    { kind: 'exchanges', count: 200, succeeded: 200, longest: 2_100, failures: [], ends: {} },
    { kind: 'exchanges', count: 200, succeeded: 150, longest: 900, failures: ['TimeoutError: x', 'StreamResetError: y'], ends: {} },
    { kind: 'broken', error: 'no end after 90 s' }
  ], 'all answered in 1 of 3; longest 2.1 s; 50 not answered: TimeoutError; no end after 90 s'],
  ['messages', [
    { kind: 'message', ms: 3_100, failures: [], ends: {} },
    { kind: 'message', ms: 4_700, failures: ['message: StreamResetError: x'], ends: {} }
  ], '1 of 2 live on; answer after 3.1 s; message: StreamResetError'],
  ['how both ends end', [
    ended(4_000, 5_000, 'SilenceError: The remote stopped answering'),
    ended(6_000, undefined)
  ], 'dialer ends after 4.0 s to 6.0 s with "the remote stopped answering", without an error; ' +
     'listener ends after 5.0 s with "the remote stopped answering"; listener does not end; another dial takes 0.1 s'],
  ['what the machine lost', [{ ...transfer(), overruns: 7 }], '1 of 1 complete; 2.0 s (0.50 MB/s); the machine lost 7 datagrams']
]

describe('summary of outcomes', () => {
  for (const [title, outcomes, text] of CASES) {
    it(`tells of ${title}`, () => {
      expect(summarize(outcomes)).to.equal(text)
    })
  }
})
