/**
 * Interrupts dial, accept, open, send and close at each of their points in every way
 */
import { abortDial, cutNetwork, loseConnection, ofConnections, stopListener, whenConnected } from '../walk/interruptions.ts'
import { dial, dialOfMany, everyState, exchange, manyStreams, refusedByGater, refusedByNode } from '../walk/scenarios.ts'
import { Walked } from '../walk/walked.ts'

describe('what is interrupted in every way leaves nothing:', function () {
  this.timeout(180_000)

  const walked = new Walked()

  for (const scenario of [dial, dialOfMany, refusedByGater, refusedByNode]) {
    it(scenario.name, async () => {
      await walked.walk({ scenario, interruptions: [abortDial, stopListener, cutNetwork, loseConnection, ...ofConnections] })
    })
  }

  for (const scenario of [exchange, manyStreams]) {
    it(scenario.name, async () => {
      await walked.walk({ scenario, interruptions: [...whenConnected, ...ofConnections], times: 10 })
    })
  }

  it(everyState.name, async () => {
    await walked.walk({ scenario: everyState, interruptions: [...whenConnected, ...ofConnections], perPoint: 1, stride: 3, again: true })
  })
})
