import { homedir } from 'node:os'
import { expect } from 'aegir/chai'
import { explain } from '../../interop/known-failures.ts'
import { renderResults } from '../../interop/results.ts'
import { decide } from '../../interop/schedule.ts'
import { MessageOrder } from '../../src/wire/message-order.ts'
import type { KnownFailure } from '../../interop/known-failures.ts'
import type { Failure, Outcome } from '../../interop/outcome.ts'
import type { ResultsInit } from '../../interop/results.ts'

const PAIR = 'ours -> theirs'
const SCENARIO = 'a stream'
const STREAM = { check: 'streams', message: 'sink failed' } as const
const TIMEOUT = { check: 'outcome', message: 'waited 5000 ms for it to say disconnected' } as const

const KNOWN: KnownFailure = {
  pairs: [PAIR],
  scenarios: /^a stream$/,
  failures: [
    { check: 'outcome', message: /^waited \d+ ms for it to say disconnected$/ },
    { check: 'streams', message: /sink/ }
  ],
  kind: 'theirs',
  reason: 'theirs does not notice',
  evidence: 'line 12 of its source'
}

function outcome (values: Partial<Outcome> = {}): Outcome {
  return {
    pair: PAIR,
    scenario: SCENARIO,
    result: 'passed',
    failures: [],
    figures: [],
    notes: [],
    lastLines: [],
    took: 1,
    ...values
  }
}

function render (outcomes: Outcome[], values: Partial<ResultsInit> = {}): string {
  return renderResults({
    pairs: [PAIR],
    scenarios: [SCENARIO],
    outcomes,
    skippedPairs: new Map(),
    implementations: [['theirs', '1.2.3']],
    circumstances: ['somewhere'],
    summary: '1 passed, 0 failed, 0 skipped',
    known: [KNOWN],
    ...values
  })
}

describe('known failures of other implementations', () => {
  it('explain what they name', () => {
    expect(explain(PAIR, SCENARIO, [TIMEOUT, STREAM], [KNOWN])).to.equal(KNOWN)
    expect(explain(PAIR, SCENARIO, [STREAM, TIMEOUT, STREAM], [KNOWN])).to.equal(KNOWN)
  })

  it('do not explain a part of what they name', () => {
    expect(explain(PAIR, SCENARIO, [TIMEOUT], [KNOWN])).to.equal(undefined)
    expect(explain(PAIR, SCENARIO, [STREAM], [KNOWN])).to.equal(undefined)
  })

  it('explain what may go wrong as well, and not that alone', () => {
    const known = [{ ...KNOWN, consequences: [{ check: 'their status' as const, message: /1 connection/ }] }]
    const left = { check: 'their status', message: '1 connection is left' } as const

    expect(explain(PAIR, SCENARIO, [TIMEOUT, STREAM, left], known)).to.equal(known[0])
    expect(explain(PAIR, SCENARIO, [left], known)).to.equal(undefined)
    expect(explain(PAIR, SCENARIO, [TIMEOUT, STREAM, { ...left, message: 'it hangs' }], known)).to.equal(undefined)
  })

  it('do not explain another pair or another scenario', () => {
    expect(explain('theirs -> ours', SCENARIO, [TIMEOUT, STREAM], [KNOWN])).to.equal(undefined)
    expect(explain(PAIR, 'another stream', [TIMEOUT, STREAM], [KNOWN])).to.equal(undefined)
  })

  it('do not explain another error', () => {
    expect(explain(PAIR, SCENARIO, [{ check: 'outcome', message: 'waited 5000 ms for it to say connected' }, STREAM], [KNOWN])).to.equal(undefined)
  })

  it('do not explain the right error of another check', () => {
    expect(explain(PAIR, SCENARIO, [TIMEOUT, STREAM, { ...TIMEOUT, check: 'their status' }], [KNOWN])).to.equal(undefined)
  })

  for (const check of ['our process', 'our status'] as const) {
    it(`do not explain what else went wrong: ${check}`, () => {
      expect(explain(PAIR, SCENARIO, [TIMEOUT, STREAM, { check, message: 'sink' }], [KNOWN])).to.equal(undefined)
    })
  }
})

describe('the first messages of a channel that overtake each other', () => {
  const stream = (err: string): Failure => ({ check: 'streams', message: `the listener (ours): inbound stream of stop-reading after 1 bytes: ${err}` })
  const exchange = (errors: string): Failure => ({ check: 'outcome', message: `the dialer (go-libp2p): exchange failed: 2 of 200 exchanges failed ${errors}` })
  const RESET = '"writing after 851968 of 1048576 bytes: stream reset (remote): code: 0x0":1'

  function unknownOrder (): string {
    const order = new MessageOrder(() => {})

    try {
      for (const message of [[2], [2], [0x08, 0], [0x08, 3]]) {
        order.push(Uint8Array.from(message))
      }
    } catch (err) {
      return `${err}`
    }

    throw new Error('The order is known')
  }

  function isKnown (...failures: Failure[]): boolean {
    return explain('go-libp2p -> ours', 'the listener stops reading', failures)?.kind === 'rare'
  }

  it('are known to happen now and then, with what comes of it', () => {
    expect(isKnown(stream(unknownOrder()))).to.be.true()
    expect(isKnown(stream(unknownOrder()), exchange(`{${RESET},${RESET}}`))).to.be.true()
  })

  it('are nothing that may happen without the error that says so', () => {
    expect(isKnown(exchange(`{${RESET}}`))).to.be.false()
    expect(isKnown(stream('FramingError: The remote sent a malformed message'))).to.be.false()
    expect(isKnown(stream(unknownOrder()), stream('FramingError: The remote sent a malformed message'))).to.be.false()
  })

  it('are nothing that another error comes of', () => {
    expect(isKnown(stream(unknownOrder()), exchange(`{${RESET},"timed out":1}`))).to.be.false()
    expect(isKnown(stream(unknownOrder()), exchange('not done within 60 s'))).to.be.false()
  })
})

describe('a scenario that failed as it rarely does', () => {
  const passed = outcome()
  const rare = outcome({ result: 'rare', reason: KNOWN.reason, failures: [TIMEOUT] })
  const failed = outcome({ result: 'failed', failures: [STREAM] })

  async function settle (...outcomes: Outcome[]): Promise<{ outcome: Outcome, repeated: Outcome[], left: number }> {
    const repeated: Outcome[] = []
    const outcome = await decide(async () => outcomes.shift() ?? expect.fail('run too often'), before => { repeated.push(before) })

    return { outcome, repeated, left: outcomes.length }
  }

  it('is run again, and passes if that does', async () => {
    expect(await settle(rare, passed)).to.deep.equal({ outcome: { ...passed, before: rare }, repeated: [rare], left: 0 })
  })

  it('is run a third time, and no more', async () => {
    expect(await settle(rare, rare, passed)).to.deep.equal({ outcome: { ...passed, before: rare }, repeated: [rare, rare], left: 0 })
    expect(await settle(rare, rare, rare, passed)).to.deep.equal({ outcome: { ...rare, result: 'failed', before: rare }, repeated: [rare, rare], left: 1 })
  })

  it('has failed if it fails in another way then', async () => {
    expect(await settle(rare, failed, passed)).to.deep.equal({ outcome: { ...failed, before: rare }, repeated: [rare], left: 1 })
  })

  for (const only of [passed, failed]) {
    it(`is the only one that is run again: not what has ${only.result}`, async () => {
      expect(await settle(only, passed)).to.deep.equal({ outcome: only, repeated: [], left: 1 })
    })
  }
})

describe('the page of results', () => {
  it('shows what passed', () => {
    expect(render([outcome()])).to.include('| a stream | pass |')
  })

  it('shows what failed, with the end of the logs', () => {
    const page = render([outcome({ result: 'failed', failures: [TIMEOUT], lastLines: ['listener: oh'] })])

    expect(page).to.include('| a stream | **fail** |')
    expect(page).to.include('### ours → theirs, a stream\n\n- outcome: `waited 5000 ms for it to say disconnected`\n\n```\nlistener: oh\n```')
  })

  it('shows a fault of the other implementation with the evidence', () => {
    const page = render([outcome({ result: 'theirs', reason: KNOWN.reason, failures: [TIMEOUT] })])

    expect(page).to.include('| a stream | theirs[^1] |')
    expect(page).to.include('[^1]: theirs does not notice')
    expect(page).to.include('Evidence: line 12 of its source')
    expect(page).to.include('- ours → theirs, a stream: `waited 5000 ms')
  })

  it('shows what was run again, with the evidence', () => {
    const before = outcome({ result: 'rare', reason: KNOWN.reason, failures: [TIMEOUT] })
    const page = render([outcome({ before })])

    expect(page).to.include('| a stream | pass[^1] |')
    expect(page).to.include('[^1]: theirs does not notice')
    expect(page).to.include('## Run again')
    expect(page).to.include('Evidence: line 12 of its source')
    expect(page).to.include('- ours → theirs, a stream: `waited 5000 ms')
    expect(page).to.not.include('## Faults of other implementations')
    expect(render([outcome({ result: 'failed', failures: [STREAM], before })])).to.include('| a stream | **fail** |').and.to.include('## Run again')
  })

  it('shows a reason once that several entries have', () => {
    const known = [KNOWN, { ...KNOWN, pairs: ['theirs -> ours'] }]
    const page = render([outcome({ result: 'theirs', reason: KNOWN.reason, failures: [TIMEOUT] })], { known })

    expect(page.split(`### ${KNOWN.reason}`)).to.have.lengthOf(2)
  })

  it('gives one footnote to what has one reason', () => {
    const page = render([
      outcome({ result: 'cannot', reason: 'theirs: only listens' }),
      outcome({ scenario: 'another', result: 'cannot', reason: 'theirs: only listens' })
    ], { scenarios: [SCENARIO, 'another'] })

    expect(page).to.include('| a stream | can\'t[^1] |\n| another | can\'t[^1] |')
    expect(page).to.not.include('[^2]')
  })

  it('shows pairs that were skipped', () => {
    expect(render([], { skippedPairs: new Map([[PAIR, 'cargo is missing']]) }))
      .to.include('| a stream | skipped[^1] |').and
      .to.include('[^1]: cargo is missing')
  })

  it('counts the failures among several runs', () => {
    expect(render([outcome(), outcome({ result: 'failed' }), outcome()])).to.include('| a stream | **fail** 1 of 3 |')
    expect(render([outcome(), outcome({ result: 'theirs', reason: KNOWN.reason })])).to.include('| a stream | theirs 1 of 2[^1] |')
    expect(render([outcome(), outcome()])).to.include('| a stream | pass |')
  })

  it('shows the median of figures', () => {
    const runs = [3, 1, 2].map(value => outcome({ figures: [{ name: 'rate', unit: 'MB/s', value: value * 1000.4 }] }))

    expect(render(runs)).to.include('| a stream: rate, MB/s | 2,001 |')
  })

  it('is not taken for Markdown where it quotes others', () => {
    expect(render([outcome({ result: 'cannot', reason: 'a | b\n<c>' })])).to.include('[^1]: a \\| b \\<c\\>')
  })

  it('does not tell whose folder a program is in', () => {
    const page = render([outcome({ notes: [`File "${homedir()}/peer.py"`] })])

    expect(page).to.include('File "~/peer.py"').and.to.not.include(homedir())
  })

  it('joins notes that differ in times and ids only', () => {
    const page = render([
      outcome({ notes: ['2026-11-21T08:00:00.123Z WARN 12D3KooWabc left'] }),
      outcome({ notes: ['2026-11-21T09:59:59Z WARN 12D3KooWdef left'] })
    ])

    expect(page).to.include('| ours → theirs | … WARN 12D3Koo… left | a stream | 2 |')
  })
})
