import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { checkAgain } from '../../src/native/further-checks.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { CheckedConnection } from '../../src/native/further-checks.ts'

const TARGET = { host: '192.0.2.1', port: 4001 }

interface Told {
  candidate: string
  mid: string
  at: number
}

function checked (state: ReturnType<CheckedConnection['iceState']>, refuses = false): Told[] {
  const clock = new FakeClock(0)
  const told: Told[] = []

  checkAgain({
    iceState: () => state,
    addRemoteCandidate (candidate, mid) {
      told.push({ candidate, mid, at: clock.now() })

      if (refuses) {
        throw new Error('It is closed')
      }
    }
  }, TARGET, defaultLogger().forComponent('test'), clock)
  clock.pass(1_000)

  return told
}

describe('a further connectivity check', () => {
  it('is one of the same address as another candidate, with a foundation of its own and a lower priority', () => {
    expect(checked('checking')).to.deep.equal([
      { candidate: 'candidate:2 1 UDP 2130706430 192.0.2.1 4001 typ host', mid: '0', at: 10 }
    ])
  })

  for (const state of ['new', 'connected', 'completed', 'failed', 'disconnected', 'closed'] as const) {
    it(`is not sent where the connection is ${state}`, () => {
      expect(checked(state)).to.deep.equal([])
    })
  }

  it('may be refused', () => {
    expect(checked('checking', true)).to.have.lengthOf(1)
  })
})
