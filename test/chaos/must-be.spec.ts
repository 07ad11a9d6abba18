import { expect } from 'aegir/chai'
import { answered, complete, livesOn, livesOnOrSaysSo, noSlowerThanPeer, pings, recovers, staysOpen, uses } from '../../chaos/must-be.ts'
import type { Condition } from '../../chaos/must-be.ts'
import type { Exchanges, Interrupted, Message, Outcome, Transfer } from '../../chaos/outcome.ts'

const SILENCE = 'RemoteSilentError: The remote stopped answering'

function transfer (fields: Partial<Transfer> = {}): Transfer {
  return { kind: 'transfer', what: 'echo', bytes: 100, arrived: 100, returned: 100, ms: 1_000, failures: [], ends: {}, pings: [], ...fields }
}

function exchanges (fields: Partial<Exchanges> = {}): Exchanges {
  return { kind: 'exchanges', count: 200, succeeded: 200, longest: 2_000, failures: [], ends: {}, ...fields }
}

function message (fields: Partial<Message> = {}): Message {
  return { kind: 'message', ms: 3_100, failures: [], ends: {}, ...fields }
}

function ended (ms: number, error?: string): Interrupted {
  return {
    kind: 'interrupted',
    ends: { dialer: { ms, error }, listener: { ms, error } },
    expected: ['read'],
    operations: [{ name: 'read', ms, error }],
    after: { ms: 100 }
  }
}

const ping = (closed: number): { opened: number, answered: number, closed: number } => ({ opened: 0, answered: 0, closed })

const lost = transfer({ arrived: 50, returned: 50, failures: ['write: StreamResetError'], ends: ended(4_000).ends })
const told = transfer({ arrived: 50, returned: 50, failures: [`write: ${SILENCE}`], ends: ended(4_000, SILENCE).ends })
const broken: Outcome = { kind: 'broken', error: 'no end' }

interface Case {
  it: string
  condition: Condition
  holds: Array<{ ours: Outcome[], peer?: Outcome[] }>
  broken: Array<{ ours: Outcome[], peer?: Outcome[] }>
}

const CASES: Case[] = [
  {
    it: 'complete is every byte, both ways where they come back, and no error',
    condition: complete,
    holds: [
      { ours: [transfer()] },
      { ours: [transfer({ what: 'upload', returned: 0 })] },
      { ours: [transfer({ what: 'both' })] }
    ],
    broken: [
      { ours: [transfer({ returned: 99 })] },
      { ours: [transfer({ arrived: 99 })] },
      { ours: [transfer({ what: 'both', returned: 99 })] },
      { ours: [transfer({ what: 'upload', arrived: 99, returned: 0 })] },
      { ours: [transfer({ failures: ['close(): FinAckTimeoutError'] })] },
      { ours: [transfer(), broken] }
    ]
  },
  {
    it: 'a path is used for so many bytes a second, in the median',
    condition: uses(0.6, 100),
    holds: [
      { ours: [transfer({ ms: 1_600 })] },
      { ours: [transfer({ ms: 1_000 }), transfer({ ms: 1_600 }), transfer({ ms: 9_000 })] }
    ],
    broken: [
      { ours: [transfer({ ms: 1_700 })] },
      { ours: [broken] },
      { ours: [transfer({ what: 'both', failures: ['close(): FinAckTimeoutError'] })] }
    ]
  },
  {
    it: 'exchanges are answered, all of them, in time',
    condition: answered(2_000),
    holds: [{ ours: [exchanges()] }],
    broken: [
      { ours: [exchanges(), exchanges({ longest: 2_001 })] },
      { ours: [exchanges({ succeeded: 199, failures: ['StreamResetError: x'] })] },
      { ours: [exchanges(), broken] }
    ]
  },
  {
    it: 'a connection stays open if neither end has closed it',
    condition: staysOpen,
    holds: [{ ours: [transfer()] }],
    broken: [
      { ours: [transfer({ ends: { dialer: { ms: 1 } } })] },
      { ours: [transfer({ ends: { listener: { ms: 1 } } })] },
      { ours: [broken] }
    ]
  },
  {
    it: 'the medians are compared with the peer, where there is one',
    condition: noSlowerThanPeer(0.9),
    holds: [
      { ours: [transfer({ ms: 1_100 })], peer: [transfer({ ms: 1_000 })] },
      { ours: [transfer({ ms: 900 }), transfer({ ms: 1_000 }), transfer({ ms: 9_000 })], peer: [transfer({ ms: 950 })] },
      { ours: [transfer({ ms: 9_000 })] }
    ],
    broken: [
      { ours: [transfer({ ms: 1_200 })], peer: [transfer({ ms: 1_000 })] },

      // it was fast, only its close() failed
      { ours: [transfer({ ms: 1_200 })], peer: [transfer({ ms: 1_000, failures: ['close(): AggregateError'] })] }
    ]
  },
  {
    it: 'pings have a median and a longest, and none fails',
    condition: pings({ p50: 2_500, longest: 5_000 }),
    holds: [{ ours: [transfer({ pings: [ping(2_000), ping(2_500), ping(5_000)] })] }],
    broken: [
      { ours: [transfer({ pings: [ping(2_000), ping(5_001)] })] },
      { ours: [transfer({ pings: [ping(2_600)] })] },
      { ours: [transfer({ pings: [ping(1), 'TimeoutError'] })] },
      { ours: [transfer()] }
    ]
  },
  {
    it: 'a transfer recovers only if it is complete',
    condition: recovers,
    holds: [{ ours: [transfer(), transfer()], peer: [lost] }],
    broken: [{ ours: [transfer(), told] }, { ours: [lost] }, { ours: [broken] }]
  },
  {
    it: 'a connection lives on if it is open and answers',
    condition: livesOn,
    holds: [{ ours: [message()] }, { ours: [{ ...ended(1), ends: {} }] }],
    broken: [
      { ours: [message({ failures: ['message: no answer'] })] },
      { ours: [message({ ends: { listener: { ms: 1 } } })] },
      { ours: [{ ...ended(1), ends: {}, after: { ms: 1, failure: 'TimeoutError' } }] }
    ]
  },
  {
    it: 'where the connection does not live on, everything says so in time',
    condition: livesOnOrSaysSo,
    holds: [
      { ours: [ended(4_000, SILENCE)] },
      { ours: [{ ...ended(1), ends: {}, operations: [] }] }
    ],
    broken: [
      { ours: [ended(4_000)] },
      { ours: [ended(4_000, 'StreamResetError: The remote reset the stream')] },
      { ours: [ended(30_001, SILENCE)] },
      { ours: [{ ...ended(4_000, SILENCE), ends: { dialer: { ms: 1, error: SILENCE } } }] },
      { ours: [{ ...ended(4_000, SILENCE), operations: [] }] },
      { ours: [{ ...ended(4_000, SILENCE), operations: [{ name: 'read', ms: 1 }] }] },
      { ours: [{ ...ended(4_000, SILENCE), after: { ms: 3_001 } }] },
      { ours: [{ ...ended(4_000, SILENCE), after: { ms: 1, failure: 'TimeoutError' } }] },
      { ours: [broken] }
    ]
  }
]

describe('what must be', () => {
  for (const { it: title, condition, holds, broken } of CASES) {
    it(title, () => {
      for (const { ours, peer = [] } of holds) {
        expect(condition.broken(ours, peer), JSON.stringify(ours)).to.equal(undefined)
      }

      for (const { ours, peer = [] } of broken) {
        expect(condition.broken(ours, peer), JSON.stringify(ours)).to.be.a('string')
      }
    })
  }
})
