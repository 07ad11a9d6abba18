import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { dialPeer } from '../../src/native/connect.ts'
import { openPeers } from '../../src/native/sweep.ts'
import { parseDialTarget, parseEndpoint } from '../../src/wire/address.ts'
import { generateCredentials } from '../../src/wire/credentials.ts'
import { Counters } from '../support/counters.ts'
import { createListener, createNode, ECHO, stopNodes } from '../support/loopback-nodes.ts'
import { isDtls, openPath } from '../support/path.ts'
import { untilFree } from '../support/until-free.ts'
import type { Node } from '../support/loopback-nodes.ts'
import type { End, Path } from '../support/path.ts'
import type { Connection, Stream, StreamCloseEvent } from '@libp2p/interface'
import type { PeerConnection } from 'node-datachannel'

const FAILURES = 'libp2p_webrtc_direct_accept_failures_total'
const ENDS = 'libp2p_webrtc_direct_connection_ends_total'

/**
 * What a record of DTLS holds: its first byte
 */
const ALERT = 21
const APPLICATION_DATA = 23

describe('a dialer that goes on with ICE, and', function () {
  const SETUP_TIMEOUT = 4_000

  // timers are late, never early
  const LATE = 1_900

  this.timeout(10_000)
  afterEach(stopNodes)

  interface SetUp {
    phase: string

    /**
     * What of the dialer gets through, of that many datagrams that are not STUN
     */
    lets (datagram: Buffer, others: number): boolean

    /**
     * After which the listener gives up, in ms
     */
    time: number
  }

  const setUps: Record<string, SetUp> = {
    'sends no DTLS': { phase: 'dtls', lets: () => false, time: SETUP_TIMEOUT / 2 },
    'sends no more of DTLS than its first flight': { phase: 'dtls', lets: (datagram, others) => others === 1, time: SETUP_TIMEOUT / 2 },
    'sends no SCTP after DTLS': { phase: 'sctp', lets: ([type]) => type !== APPLICATION_DATA, time: SETUP_TIMEOUT },
    'sends no Noise after SCTP': { phase: 'noise', lets: () => true, time: SETUP_TIMEOUT }
  }

  Object.entries(setUps).forEach(([name, { phase, lets, time }]) => {
    it(`${name}, is given up in time, and counted`, async () => {
      const counters = new Counters()
      const listener = await createListener({ metrics: counters.metrics, transport: { setupTimeout: SETUP_TIMEOUT } })
      const [address] = listener.getMultiaddrs()
      let others = 0
      const path = await openPath(parseEndpoint(address).port, (datagram, from) => from === 'listener' || !isDtls(datagram) || lets(datagram, ++others))
      const start = performance.now()
      const peer = dialPeer({ ...parseDialTarget(address), port: path.port }, generateCredentials(1), { log: defaultLogger().forComponent('test'), maxBufferedAmount: 16_384, mtu: 1_280 })

      while (openPeers() < 2) {
        await new Promise(resolve => { setImmediate(resolve) })
      }

      await untilFree(1)
      expect(performance.now() - start).to.be.within(time, time + LATE)
      expect(counters.of(FAILURES)).to.deep.equal({ [phase]: 1 })

      await peer.close()
      path.close()
    })
  })
})

describe('a connection whose dialer goes on with ICE, and', function () {
  interface Situation {
    /**
     * What of DTLS gets through from now on
     */
    lets (datagram: Buffer, from: End): boolean
    act (connection: Connection, ends: { native: PeerConnection, listener: Connection, sink: Stream }): void | Promise<void>

    /**
     * How long the listener takes to notice at most, in ms
     */
    time: number
    ending?: { error?: string, after: number, streams: number }
  }

  // with SCTP's own retransmissions: 12.6 s, and seven times 10 s at most
  const RETRANSMISSIONS = 75_000

  // with its heartbeats, six of which are lost: 82 s, and more on a busy machine
  const HEARTBEATS = 130_000

  const RESTING = 500

  const IGNORE = '/test/ignore/1.0.0'

  const situations: Record<string, Situation> = {
    'sends no DTLS while it rests': {
      lets: () => false,
      act () {},
      time: HEARTBEATS
    },
    'sends no DTLS while the listener sends': {
      lets: () => false,
      act (connection, { listener }) { listener.newStream(ECHO).catch(() => {}) },
      time: RETRANSMISSIONS
    },
    'sends no DTLS while the listener closes': {
      lets: () => false,
      async act (connection, { listener }) { await listener.close() },
      time: 5_000
    },
    'shuts the association down': {
      lets: ([type]) => type !== ALERT,
      act (connection, { native }) { native.close() },
      time: 5_000
    },
    'begins to shut the association down': {
      // the second record is about the end of it, or an answer
      lets: (() => {
        let records = 0
        return ([type], from) => type === APPLICATION_DATA && (from === 'listener' || records++ === 0)
      })(),
      act (connection, { native }) { native.close() },
      time: RETRANSMISSIONS
    },
    'aborts the association': {
      // it gets no acknowledgement, so its stack does that
      lets: ([type], from) => from === 'dialer' && type !== ALERT,
      act (connection, { sink }) { sink.send(new Uint8Array(1_000)) },
      time: RETRANSMISSIONS
    }
  }

  const counters = new Counters()
  let listener: Node

  async function play (situation: Situation): Promise<void> {
    const dialer = await createNode({ hasServices: false, transport: { iceTimeout: 10_000 } })
    const [address] = listener.getMultiaddrs()
    const path: Path = await openPath(parseEndpoint(address).port)
    const isFromDialer = ({ detail }: CustomEvent<Connection>): boolean => detail.remotePeer.equals(dialer.peerId)
    const accepted = pEvent<'connection:open', CustomEvent<Connection>>(listener, 'connection:open', { filter: isFromDialer })
    const connection: any = await dialer.dial(multiaddr(address.toString().replace(/\/udp\/\d+/, `/udp/${path.port}`)))
    const { detail: end } = await accepted
    const [sink] = await Promise.all([ECHO, IGNORE].map(async protocol => connection.newStream(protocol, { negotiateFully: true })).reverse())

    // what comes next is what the situation is about
    await path.rests(RESTING)

    const start = performance.now()
    const closed = pEvent<'close', StreamCloseEvent>(end, 'close')
    path.keepIce((datagram, from) => !isDtls(datagram) || situation.lets(datagram, from))
    await situation.act(connection, { native: connection.maConn.peer.native, listener: end, sink })
    const { error } = await closed
    situation.ending = { error: error?.name, after: performance.now() - start, streams: end.streams.length }

    await dialer.stop()
    path.close()
  }

  before(async function () {
    this.timeout(HEARTBEATS + 20_000)
    listener = await createListener({ metrics: counters.metrics, hasServices: false })
    await listener.handle(IGNORE, () => {})
    await Promise.all(Object.values(situations).map(play))
  })

  after(stopNodes)

  Object.entries(situations).forEach(([name, { time }]) => {
    it(`${name}, ends in time, with its streams`, () => {
      expect(situations[name].ending?.after).to.be.below(time)
      expect(situations[name].ending?.streams).to.equal(0)
    })
  })

  it('sends no DTLS is lost where anything waits for an answer', () => {
    expect(situations['sends no DTLS while the listener sends'].ending?.error).to.equal('ConnectionLostError')
    expect(situations['begins to shut the association down'].ending?.error).to.equal('ConnectionLostError')
  })

  it('is counted', () => {
    const { here, remote, ConnectionLostError: lost } = counters.of(ENDS)

    expect(here).to.equal(1)
    expect(lost).to.be.at.least(2)
    expect(here + remote + lost).to.equal(Object.keys(situations).length)
  })

  it('leaves nothing behind', async () => {
    await untilFree()
    expect(listener.getConnections()).to.be.empty()
  })
})
