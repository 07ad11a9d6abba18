/**
 * Dialers of both versions of the protocol and of every implementation that knows
 * both dial one listener of this package at the same time, again and again, while
 * others move data. Builds the peers of the interoperability tests for that.
 */
import { expect } from 'aegir/chai'
import { buildPeers } from '../build.ts'
import { End } from '../end.ts'
import { killAll, PeerProcess } from '../peer-process.ts'
import { GO_LIBP2P, OURS, PY_LIBP2P } from '../peers.ts'
import { ProcessLog } from '../process-log.ts'
import type { PeerKind } from '../peers.ts'

const KIB = 1024
const MIB = 1024 * KIB

// the first build takes minutes, in ms
const BUILD_TIMEOUT = 600_000

const VERSIONS = [1, 2]

/**
 * How many dialers there are with each version. One of py-libp2p takes as much of
 * a processor as several others.
 */
const DIALERS: Array<[PeerKind, number]> = [[OURS, 4], [GO_LIBP2P, 4], [PY_LIBP2P, 2]]

/**
 * How often each of them dials, and with how many streams
 */
const ROUNDS = 6
const STREAMS = { protocol: 'echo', bytes: 10 * KIB, count: 20, parallel: 4 }

/**
 * What is echoed all the while
 */
const CARGO = { protocol: 'echo', bytes: MIB }

/**
 * How long a stream may take to end at the listener when the dialer is done with
 * it, in ms
 */
const RESPONDER_TIMEOUT = 10_000

/**
 * How long it may take until nothing is left at the listener, in ms
 */
const FREE_TIMEOUT = 5_000

describe('dialers of both versions', function () {
  this.timeout(180_000)

  let missing: Awaited<ReturnType<typeof buildPeers>>

  before(async function () {
    this.timeout(BUILD_TIMEOUT)
    missing = await buildPeers(new Set(DIALERS.map(([{ program }]) => program)), line => { console.error(line) }) // eslint-disable-line no-console
  })

  after(killAll)

  async function startDialer (kind: PeerKind, version: number): Promise<End> {
    const command = [...kind.command, 'dial', '--dialer-version', `${version}`]

    return new End(kind, await PeerProcess.start({ command, log: new ProcessLog(undefined, '') }), 'dialer')
  }

  it('reach one listener at the same time, and lose nothing', async () => {
    const process = await PeerProcess.start({ command: [...OURS.command, 'listen'], log: new ProcessLog(undefined, '') })
    const listener = new End(OURS, process, 'listener')
    const address = process.ready.addrs[0]

    const kinds = DIALERS.filter(([{ program }]) => !missing.has(program)).flatMap(([kind, count]) => Array.from({ length: count }, () => kind))
    const dialers = await Promise.all(VERSIONS.flatMap(version => kinds.map(async kind => startDialer(kind, version))))
    const carriers = await Promise.all(VERSIONS.map(async version => startDialer(OURS, version)))

    const dialed = new AbortController()

    /**
     * So many streams of a dialer have ended at the listener
     */
    async function streamsEnded (dialer: End, count: number): Promise<void> {
      await process.eventsUntil(0, ({ event, peer }) => event === 'stream' && peer === dialer.id, count, RESPONDER_TIMEOUT, 'to say that a stream has ended')
    }

    async function carry (carrier: End): Promise<void> {
      let cargoes = 0

      await carrier.ask('dial', { address })

      do {
        await carrier.ask('exchange', CARGO, listener)
        await streamsEnded(carrier, ++cargoes)
      } while (!dialed.signal.aborted)
    }

    async function dialAgainAndAgain (dialer: End): Promise<void> {
      for (let round = 0; round < ROUNDS; round++) {
        await dialer.ask('dial', { address })
        await dialer.ask('exchange', STREAMS, listener)

        // most close a connection without waiting for what is in flight
        await streamsEnded(dialer, (round + 1) * STREAMS.count)
        await dialer.ask('close', {}, listener)
      }
    }

    await Promise.all([
      ...carriers.map(carry),
      Promise.all(dialers.map(dialAgainAndAgain)).finally(() => { dialed.abort() })
    ])

    expect(listener.events.flatMap(({ event, ok, error }) => event === 'stream' && ok !== true ? error : [])).to.be.empty()
    expect(listener.events.filter(({ event }) => event === 'connected')).to.have.lengthOf(dialers.length * ROUNDS + carriers.length)

    for (const carrier of carriers) {
      expect(carrier.events.filter(({ event }) => event === 'disconnected')).to.be.empty()
      await carrier.ask('close', {}, listener)
    }

    await listener.isFree(FREE_TIMEOUT)
    await Promise.all([listener, ...dialers, ...carriers].map(async end => end.process.stop()))
  })
})
