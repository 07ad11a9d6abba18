import { defaultLogger } from '@libp2p/logger'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { ConnectionSetupError } from '../src/errors.ts'
import { SetupWatch } from '../src/setup-watch.ts'
import { FakeClock } from './support/fake-clock.ts'
import type { Attempt } from '../src/attempts.ts'
import type { SetupPhase } from '../src/errors.ts'
import type { Peer } from '../src/ports.ts'
import type { SetupRecorder } from '../src/setup-watch.ts'
import type { Version } from '../src/wire/credentials.ts'

/**
 * The part of a peer that is looked at
 */
class FakePeer {
  version: Version = 1
  step: 'ice' | 'dtls' | 'sctp' = 'ice'

  phase (): string {
    return this.step
  }
}

class Watched implements SetupRecorder {
  readonly clock = new FakeClock(0)

  /**
   * What was told, with the host and the version where there is one
   */
  readonly told: string[] = []
  readonly recorded: string[] = []
  readonly watch: SetupWatch

  constructor (onProgress = (event: { type: string, detail: any }): void => {
    const { host, version, phase } = event.detail
    this.told.push([event.type.replace('webrtc-direct:', ''), host, version, phase].filter(part => part != null).join(' '))
  }) {
    this.watch = new SetupWatch({
      clock: this.clock,
      log: defaultLogger().forComponent('test'),
      address: multiaddr('/dns4/example.com/udp/9/webrtc-direct'),
      onProgress,
      recorder: this
    })
  }

  readonly start = (host: string, version: Version = 1): { attempt: Attempt, peer: FakePeer } => {
    const attempt: Attempt = { host, port: 9, version, starts: [] }
    const peer = Object.assign(new FakePeer(), { version })
    this.watch.start(attempt, () => peer as Partial<Peer> as Peer)

    return { attempt, peer }
  }

  onPhase (phase: SetupPhase, time: number): void {
    this.recorded.push(`${phase} ${time}`)
  }

  onConnected (time: number): void {
    this.recorded.push(`connected ${time}`)
  }

  onFailed (phase: SetupPhase): void {
    this.recorded.push(`failed ${phase}`)
  }
}

describe('who watches a set-up', () => {
  it('is told of a phase while it lasts', () => {
    const { clock, watch, told, start, recorded } = new Watched()
    const { attempt, peer } = start('a')
    expect(told).to.deep.equal(['dial', 'ice a 1'])

    peer.step = 'dtls'
    clock.pass(10)
    expect(told).to.deep.equal(['dial', 'ice a 1', 'dtls a 1'])

    peer.step = 'sctp'
    clock.pass(10)
    watch.attemptConnected(attempt)
    watch.enter('noise')
    clock.pass(3)
    watch.enter('upgrade')
    clock.pass(2)
    watch.end()

    expect(told).to.deep.equal(['dial', 'ice a 1', 'dtls a 1', 'sctp a 1', 'noise a 1', 'upgrade a 1', 'connected a 1'])
    expect(recorded).to.deep.equal(['address 0', 'ice 5', 'dtls 10', 'sctp 5', 'noise 3', 'upgrade 2', 'connected 25'])
    expect(clock.pending).to.equal(0)
  })

  it('is told of phases that were over before anybody looked', () => {
    const { watch, told, start } = new Watched()
    const { attempt } = start('a')
    watch.attemptConnected(attempt)

    expect(told).to.deep.equal(['dial', 'ice a 1', 'dtls a 1', 'sctp a 1'])
  })

  it('is told which attempt has connected, which have lost, and nothing of those afterwards', () => {
    const { clock, watch, told, start } = new Watched()
    const lost = start('a')
    const { attempt } = start('b', 2)
    watch.attemptConnected(attempt)
    watch.attemptFailed(lost.attempt, new Error('given up'))
    lost.peer.step = 'sctp'
    clock.pass(100)

    expect(told).to.deep.equal(['dial', 'ice a 1', 'ice b 2', 'dtls b 2', 'sctp b 2', 'attempt-lost a 1'])
  })

  it('is told how far an attempt came that has failed, and that all of them have', () => {
    const { clock, watch, told, recorded, start } = new Watched()
    const { attempt } = start('a')
    const error = new ConnectionSetupError('another certificate', 'dtls')
    watch.attemptFailed(attempt, error)
    watch.end(error)

    expect(told).to.deep.equal(['dial', 'ice a 1', 'dtls a 1', 'attempt-failed a 1 dtls', 'failed dtls'])
    expect(recorded).to.deep.equal(['address 0', 'failed dtls'])
    expect(clock.pending).to.equal(0)
  })

  it('is told of a dial that failed before anything was tried', () => {
    const { watch, told, recorded } = new Watched()
    watch.end(new Error('no such address'))

    expect(told).to.deep.equal(['dial', 'failed address'])
    expect(recorded).to.deep.equal(['failed address'])
  })

  it('is told of the version that a browser has gone on with', () => {
    const { watch, told, start } = new Watched()
    const { attempt, peer } = start('a')
    peer.version = 2
    watch.attemptConnected(attempt)

    expect(told).to.deep.equal(['dial', 'ice a 1', 'dtls a 2', 'sctp a 2'])
  })

  it('does not end it by throwing', () => {
    const { watch, recorded, start } = new Watched(() => { throw new Error('a listener of progress failed') })
    const { attempt } = start('a')
    watch.attemptConnected(attempt)
    watch.end()

    expect(recorded.at(-1)).to.equal('connected 0')
  })
})
