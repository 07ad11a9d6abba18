import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { ConnectionSetupError } from '../src/errors.ts'
import { resolveOptions } from '../src/options.ts'
import { SetUps } from '../src/set-ups.ts'
import { FakeClock } from './support/fake-clock.ts'
import type { WebRTCDirectInit } from '../src/options.ts'
import type { Reason, SetUp } from '../src/set-ups.ts'

describe('connections that are being set up', () => {
  const REQUEST = { serverUfrag: '', clientUfrag: '', host: '203.0.113.1', port: 1 }

  let clock: FakeClock
  let counted: Partial<Record<Reason, number>>
  let running: Map<string, SetUp>
  let setUps: SetUps

  function start (init: WebRTCDirectInit): void {
    clock = new FakeClock(1_000)
    counted = {}
    running = new Map()
    setUps = new SetUps({
      options: resolveOptions(init),
      clock,
      log: defaultLogger().forComponent('test'),
      isKnownPort: false,
      metrics: {
        increment (values) {
          for (const reason of Object.keys(values) as Reason[]) {
            counted[reason] = (counted[reason] ?? 0) + 1
          }
        },
        reset () {}
      }
    })
  }

  beforeEach(() => { start({ maxPendingConnections: 1 }) })

  function ask (key: string | undefined): void {
    setUps.onRequest(key, REQUEST, async setUp => {
      running.set(key ?? '', setUp)
      await new Promise((resolve, reject) => { setUp.signal.addEventListener('abort', reject) })
    })
  }

  it('are counted, and so is why there is none', () => {
    ask(undefined)
    ask('a')
    ask('a')
    ask('b')

    expect(counted).to.deep.equal({ malformed: 1, accept: 1, duplicate: 1, full: 1 })
  })

  it('are counted when they have to give way', () => {
    ask('a')
    clock.pass(300)
    ask('b')

    expect(running.get('a')?.signal.aborted).to.be.true()
    expect(running.get('b')?.signal.aborted).to.be.false()
    expect(counted).to.deep.equal({ accept: 2, displaced: 1 })
  })

  it('are counted where the node refuses them', async () => {
    setUps.onRequest('a', REQUEST, async setUp => {
      setUp.onRefused('limit')
      throw new ConnectionSetupError('too many', 'ice')
    })
    await Promise.resolve()

    expect(counted).to.deep.equal({ accept: 1, limit: 1 })
    expect(setUps.counts).to.include({ accept: 1, limit: 1, denied: 0 })
  })

  it('do not give way where the stack knows that the dialer has answered', () => {
    ask('a')
    running.get('a')?.onStarted({ phase: () => 'dtls' })
    clock.pass(300)
    ask('b')

    expect(running.get('a')?.signal.aborted).to.be.false()
    expect(counted).to.deep.equal({ accept: 1, full: 1 })
  })

  it('are counted as put off where the source has used up its budget', () => {
    start({ setupRatePerSource: 1 })

    for (const key of ['a', 'b', 'c', 'd', 'e']) {
      ask(key)
    }

    expect(counted).to.deep.equal({ accept: 4, later: 1 })
  })

  it('end soon after the dialer has answered, without DTLS', () => {
    ask('a')
    running.get('a')?.onStarted({ phase: () => 'dtls' })
    running.get('a')?.onAnswered()
    clock.pass(4_999)
    expect(running.get('a')?.signal.aborted).to.be.false()
    clock.pass(1)
    expect(running.get('a')?.signal.aborted).to.be.true()
  })

  it('have all the time there is once DTLS is up', () => {
    ask('a')
    running.get('a')?.onStarted({ phase: () => 'sctp' })
    running.get('a')?.onAnswered()
    clock.pass(5_000)
    expect(running.get('a')?.signal.aborted).to.be.false()
  })
})
