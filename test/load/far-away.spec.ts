import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { startRelay } from '../../chaos/relay/relay.ts'
import { parseDialTarget } from '../../src/wire/address.ts'
import { createListener, createNode, echo, stopNodes } from '../support/loopback-nodes.ts'
import type { Relay } from '../../chaos/relay/relay.ts'

/**
 * What loss may cost in the steps after ICE, in ms: SCTP sends again after 3 s, 6 s, 12 s
 */
const PATIENCE = 90_000

const PATIENT = {
  transport: { setupTimeout: PATIENCE, dataChannel: { finAckTimeout: PATIENCE } },
  connectionManager: {
    addressDialTimeout: PATIENCE,
    inboundUpgradeTimeout: PATIENCE,
    inboundStreamProtocolNegotiationTimeout: PATIENCE,
    outboundStreamProtocolNegotiationTimeout: PATIENCE
  }
}

// of chance: with others no answer may come in the time that a dial waits for it
const SEEDS = [1, 2, 3, 4, 5, 6]

describe('a listener far away on a bad path', function () {
  this.timeout(PATIENCE + 30_000)

  const relays: Relay[] = []

  afterEach(async () => {
    await stopNodes()
    await Promise.all(relays.splice(0).map(async relay => relay.stop()))
  })

  it('is not taken for one that does not answer', async () => {
    const listener = await createListener(PATIENT)
    const [address] = listener.getMultiaddrs()
    const { port } = parseDialTarget(address)

    await Promise.all(SEEDS.map(async seed => {
      const relay = await startRelay({ target: port, delay: 500, loss: 0.1, seed })
      relays.push(relay)

      const dialer = await createNode(PATIENT)
      const connection = await dialer.dial(multiaddr(address.toString().replace(`/udp/${port}/`, `/udp/${relay.port}/`)), { signal: AbortSignal.timeout(PATIENCE) })

      expect(await echo(connection, Uint8Array.of(1))).to.equalBytes(Uint8Array.of(1))
    }))
  })
})
