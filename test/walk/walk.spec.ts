/**
 * Interrupts dial, accept, open, send and close at each of their points: in one way
 * or two, and in others at the next one. `test/load/walk.spec.ts` does so in all ways.
 */
import { expect } from 'aegir/chai'
import { sites } from './instrument.ts'
import { abortDial, cutNetwork, loseConnection, ofConnections, stopListener, whenConnected } from './interruptions.ts'
import { dial, dialOfMany, everyState, exchange, manyStreams, refusedByGater, refusedByNode } from './scenarios.ts'
import { Walked } from './walked.ts'

/**
 * Where a walk does not come to: a remote that takes every id once, what the base
 * class asks for and libp2p does not, and stats, which only look
 */
const ELSEWHERE = [
  'connection.ts: await this.linger()',
  'stats.ts: await Promise.all',
  'stats.ts: await peerStore?.get(peer)',
  'streams/muxer.ts: await this.close()',
  'streams/write-half.ts: await this.close(options)'
]

/**
 * Each that a stream can be in, but for those that wait for an end that does not
 * answer
 */
const STATES = [
  'closed', 'closed ready', 'closed stopped', 'closing', 'fin-sent closed', 'fin-sent ready', 'fin-sent stopped',
  'ready closed', 'ready ready', 'ready stopped', 'resetting', 'stopped closed', 'stopped ready', 'stopped stopped'
]

describe('what is interrupted leaves nothing:', () => {
  const walked = new Walked()

  for (const scenario of [dial, dialOfMany, refusedByGater, refusedByNode]) {
    it(scenario.name, async () => {
      await walked.walk({ scenario, interruptions: [abortDial, stopListener, cutNetwork, loseConnection, ...ofConnections], perPoint: 2 })
    })
  }

  for (const scenario of [exchange, manyStreams]) {
    it(scenario.name, async () => {
      await walked.walk({ scenario, interruptions: [...whenConnected, ...ofConnections], perPoint: 1, times: 3 })
    })
  }

  it(everyState.name, async () => {
    const { states } = await walked.walk({ scenario: everyState, interruptions: [...whenConnected, ...ofConnections], perPoint: 1, stride: 13, again: true })

    expect([...states]).to.include.members(STATES)
  })

  it('at every await', () => {
    // those of browsers have a walk of their own
    const here = [...sites].filter(site => !site.startsWith('browser/'))

    expect(here).to.have.length.greaterThan(40)
    expect(walked.missed(here)).to.have.members(ELSEWHERE)
  })
})
