import { TimeoutError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { firstConnected } from '../src/attempts.ts'
import { FakeClock } from './support/fake-clock.ts'
import type { Attempt, Failure } from '../src/attempts.ts'
import type { Peer } from '../src/ports.ts'
import type { Version } from '../src/wire/credentials.ts'

/**
 * The part of a peer that is about connecting
 */
class FakePeer {
  readonly name: string
  readonly result = Promise.withResolvers<void>()
  version: Version
  step: 'ice' | 'dtls' | 'sctp' = 'ice'
  isClosed = false

  constructor (name: string, version: Version) {
    this.name = name
    this.version = version
  }

  phase (): string {
    return this.step
  }

  async connected (signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => { this.result.reject(signal.reason) })

    return this.result.promise
  }

  async close (): Promise<void> {
    this.isClosed = true
  }

  fail (step: 'ice' | 'dtls' | 'sctp' = 'ice'): void {
    this.step = step
    this.result.reject(new Error(`${this.name} failed`))
  }

  connect (): void {
    this.step = 'sctp'
    this.result.resolve()
  }
}

/**
 * Attempts whose peers do what the test says
 */
class Race {
  readonly clock = new FakeClock(0)
  readonly abort = new AbortController()
  readonly started: string[] = []
  readonly peers: Record<string, FakePeer> = {}
  failures: Failure[] = []
  winner?: Peer

  start (name: string, version: Version = 1): Peer {
    const peer = new FakePeer(name, version)
    this.started.push(`${name} ${this.clock.now()}`)
    this.peers[name] = peer

    return peer as Partial<Peer> as Peer
  }

  attempt (name: string, init: Partial<Attempt> = {}): Attempt {
    return { host: name, port: 1, version: 1, starts: [() => this.start(name, init.version)], ...init }
  }

  async run (...attempts: Attempt[]): Promise<string> {
    const { peer } = await firstConnected(attempts, {
      clock: this.clock,
      signal: this.abort.signal,
      start: (start) => ({ peer: start() }),
      describe: (err) => err,
      summarize: (failures) => {
        this.failures = failures
        return new Error(failures.map(({ error }) => error.message).join())
      },
      onConnected: (attempt, peer) => { this.winner = peer }
    })

    return (peer as Partial<Peer> as FakePeer).name
  }

  open (): string[] {
    return Object.values(this.peers).filter(({ isClosed }) => !isClosed).map(({ name }) => name)
  }
}

/**
 * What is under way in promises has happened
 */
async function settled (): Promise<void> {
  await new Promise(resolve => { setImmediate(resolve) })
}

describe('attempts to connect', () => {
  it('are started one after another where nobody answers, and the first that connects is left', async () => {
    const race = new Race()
    const first = race.run(race.attempt('a'), race.attempt('b'), race.attempt('c', { delay: 1_000 }))

    race.clock.pass(1_249)
    expect(race.started).to.deep.equal(['a 0', 'b 250'])

    race.clock.pass(1)
    expect(race.started).to.deep.equal(['a 0', 'b 250', 'c 1250'])

    race.peers.b.connect()
    expect(await first).to.equal('b')

    await settled()
    expect(race.open()).to.deep.equal(['b'])
    expect(race.winner).to.equal(race.peers.b)
    expect(race.clock.pending).to.equal(0)
  })

  it('are started at once where the one before has failed', async () => {
    const race = new Race()
    const first = race.run(race.attempt('a'), race.attempt('b', { delay: 1_000 }))

    race.peers.a.fail()
    await settled()
    expect(race.started).to.deep.equal(['a 0', 'b 0'])

    race.peers.b.connect()
    expect(await first).to.equal('b')
  })

  it('wait while one has been answered and comes on', async () => {
    const race = new Race()
    const first = race.run(race.attempt('a'), race.attempt('b'))

    race.peers.a.step = 'dtls'
    race.clock.pass(2_000)
    expect(race.started).to.deep.equal(['a 0'])

    race.peers.a.fail('dtls')
    await settled()
    expect(race.started).to.have.lengthOf(2)

    race.peers.b.connect()
    expect(await first).to.equal('b')
  })

  it('end without an answer, each at its own time', async () => {
    const race = new Race()
    const first = race.run(race.attempt('a', { iceTimeout: 4_000 }), race.attempt('b', { iceTimeout: 3_000, delay: 1_000 }))
    first.catch(() => {})

    race.clock.pass(4_000)
    await expect(first).to.eventually.be.rejectedWith('Nobody answered within 4000 ms,Nobody answered within 3000 ms')
    expect(race.failures.every(({ error }) => error instanceof TimeoutError)).to.be.true()
    expect(race.open()).to.be.empty()
    expect(race.clock.pending).to.equal(0)
  })

  it('end with the signal, and nothing is started after that', async () => {
    const race = new Race()
    const first = race.run(race.attempt('a'), race.attempt('b'))

    race.abort.abort(new Error('enough'))
    await expect(first).to.eventually.be.rejectedWith('enough')
    expect(race.started).to.deep.equal(['a 0'])
    expect(race.open()).to.be.empty()
    expect(race.clock.pending).to.equal(0)
  })

  describe('that stall', () => {
    /**
     * Each peer has a name of its own
     */
    function counted (race: Race, name: string): () => Peer {
      let tries = 0

      return () => race.start(`${name}${++tries}`)
    }

    function repeatable (race: Race, name: string, init: Partial<Attempt> = {}): Attempt {
      return race.attempt(name, { maxRepeats: 2, starts: [counted(race, name)], ...init })
    }

    it('are made again after 2 s, and the first that connects is left', async () => {
      for (const winner of ['a1', 'a2']) {
        const race = new Race()
        const first = race.run(repeatable(race, 'a'))

        race.clock.pass(100)
        race.peers.a1.step = 'dtls'
        race.clock.pass(2_149)
        expect(race.started).to.deep.equal(['a1 0'])

        race.clock.pass(1)
        expect(race.started).to.deep.equal(['a1 0', 'a2 2250'])

        race.peers[winner].connect()
        expect(await first).to.equal(winner)

        await settled()
        expect(race.open()).to.deep.equal([winner])
        expect(race.clock.pending).to.equal(0)
      }
    })

    it('are not made again as long as they come on, or have no answer', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a'))

      race.clock.pass(10_000)
      race.peers.a1.step = 'dtls'
      race.clock.pass(1_900)
      race.peers.a1.step = 'sctp'
      race.clock.pass(1_900)
      expect(race.started).to.deep.equal(['a1 0'])

      race.peers.a1.connect()
      expect(await first).to.equal('a1')
    })

    it('have more time where the answer was late', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a'))

      race.clock.pass(900)
      race.peers.a1.step = 'dtls'
      race.clock.pass(4_099)
      expect(race.started).to.deep.equal(['a1 0'])

      race.clock.pass(1)
      expect(race.started).to.have.lengthOf(2)

      race.peers.a2.connect()
      expect(await first).to.equal('a2')
    })

    it('are made again as often as they may be', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a'))

      race.peers.a1.step = 'dtls'
      race.clock.pass(2_250)
      race.peers.a2.step = 'dtls'
      race.clock.pass(2_250)
      race.peers.a3.step = 'dtls'
      race.clock.pass(60_000)
      expect(race.started).to.deep.equal(['a1 0', 'a2 2250', 'a3 4500'])

      race.peers.a3.connect()
      expect(await first).to.equal('a3')
      await settled()
      expect(race.open()).to.deep.equal(['a3'])
    })

    it('are made again once, also where they go on and stall in another phase', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a'))

      race.peers.a1.step = 'dtls'
      race.clock.pass(2_250)
      race.peers.a1.step = 'sctp'
      race.clock.pass(10_000)
      expect(race.started).to.deep.equal(['a1 0', 'a2 2250'])

      race.peers.a1.connect()
      expect(await first).to.equal('a1')
    })

    it('are not made again where that was not asked for, as that of a listener', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a', { maxRepeats: 0 }))

      race.peers.a1.step = 'dtls'
      race.clock.pass(60_000)
      expect(race.started).to.deep.equal(['a1 0'])

      race.peers.a1.connect()
      expect(await first).to.equal('a1')
    })

    it('let other addresses go first', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a'), repeatable(race, 'b'))

      race.peers.a1.step = 'dtls'
      race.clock.pass(2_500)
      expect(race.started).to.deep.equal(['a1 0', 'b1 2250', 'a2 2500'])

      race.peers.b1.connect()
      expect(await first).to.equal('b1')
      await settled()
      expect(race.open()).to.deep.equal(['b1'])
    })

    it('are not made again where another address has answered', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a'), repeatable(race, 'b'))

      race.peers.a1.step = 'dtls'
      race.clock.pass(2_250)
      race.peers.b1.step = 'dtls'
      race.clock.pass(1_000)
      expect(race.started).to.deep.equal(['a1 0', 'b1 2250'])

      race.peers.b1.connect()
      expect(await first).to.equal('b1')
    })

    it('are not made again where they have failed meanwhile', async () => {
      const race = new Race()
      const first = race.run(repeatable(race, 'a'), repeatable(race, 'b'))
      first.catch(() => {})

      race.peers.a1.step = 'dtls'
      race.clock.pass(2_250)
      race.peers.a1.fail('sctp')
      race.peers.b1.fail('dtls')
      await expect(first).to.eventually.be.rejectedWith('a1 failed,b1 failed')
      expect(race.started).to.deep.equal(['a1 0', 'b1 2250'])
      expect(race.clock.pending).to.equal(0)
    })

    it('do not try the other version', async () => {
      const race = new Race()
      const one = repeatable(race, 'a')
      const first = race.run(one, race.attempt('v2', { version: 2, delay: 1_000, insteadOf: one }))

      race.peers.a1.step = 'dtls'
      race.clock.pass(2_250)
      expect(race.started).to.deep.equal(['a1 0', 'a2 2250'])

      race.peers.a2.connect()
      expect(await first).to.equal('a2')
    })

    it('are made again with the certificate that has stalled, and those after it', async () => {
      const race = new Race()
      const starts = ['a', 'b', 'c'].map(name => counted(race, name))
      const first = race.run(race.attempt('', { maxRepeats: 1, starts }))

      race.peers.a1.fail('dtls')
      await settled()
      race.peers.b1.step = 'dtls'
      race.clock.pass(2_500)
      race.peers.b2.fail('dtls')
      await settled()
      race.peers.c1.connect()
      expect(await first).to.equal('c1')
      await settled()
      expect(race.open()).to.deep.equal(['c1'])
      expect(race.started).to.deep.equal(['a1 0', 'b1 0', 'b2 2250', 'c1 2500'])
    })
  })

  describe('with the other version', () => {
    function withOther (race: Race): [Attempt, Attempt] {
      const one = race.attempt('v1')

      return [one, race.attempt('v2', { version: 2, delay: 1_000, insteadOf: one })]
    }

    it('are made where the first one has no answer, and win where they have one', async () => {
      const race = new Race()
      const first = race.run(...withOther(race))

      race.clock.pass(1_000)
      expect(race.started).to.deep.equal(['v1 0', 'v2 1000'])

      race.peers.v2.connect()
      expect(await first).to.equal('v2')

      await settled()
      expect(race.open()).to.deep.equal(['v2'])
    })

    it('lose where the first one is answered after all', async () => {
      const race = new Race()
      const first = race.run(...withOther(race))

      race.clock.pass(1_000)
      race.peers.v1.connect()
      expect(await first).to.equal('v1')

      await settled()
      expect(race.open()).to.deep.equal(['v1'])
    })

    it('are made at once where the stack refuses the first one', async () => {
      const race = new Race()
      const first = race.run(...withOther(race))

      race.peers.v1.fail()
      await settled()
      race.peers.v2.connect()
      expect(await first).to.equal('v2')
    })

    it('are not made where the first one was answered, and failed', async () => {
      const race = new Race()
      const first = race.run(...withOther(race))

      race.peers.v1.fail('dtls')
      await expect(first).to.eventually.be.rejectedWith('v1 failed')
      expect(race.started).to.deep.equal(['v1 0'])
    })

    it('are not made where the first one goes on with that version', async () => {
      const race = new Race()
      const first = race.run(...withOther(race))
      first.catch(() => {})

      race.peers.v1.version = 2
      race.clock.pass(10_000)
      expect(race.started).to.deep.equal(['v1 0'])

      race.peers.v1.fail()
      await expect(first).to.eventually.be.rejectedWith('v1 failed')
      expect(race.failures.map(({ version }) => version)).to.deep.equal([2])
    })
  })

  describe('with several certificates', () => {
    function withThree (race: Race): Attempt {
      return race.attempt('', { starts: ['a', 'b', 'c'].map(name => () => race.start(name)) })
    }

    it('go on to the next one where DTLS fails', async () => {
      const race = new Race()
      const first = race.run(withThree(race))

      race.peers.a.fail('dtls')
      await settled()
      race.peers.b.connect()
      expect(await first).to.equal('b')
      expect(race.open()).to.deep.equal(['b'])
      expect(race.started).to.deep.equal(['a 0', 'b 0'])
    })

    it('fail with all of them', async () => {
      const race = new Race()
      const first = race.run(withThree(race))
      first.catch(() => {})

      for (const name of ['a', 'b', 'c']) {
        race.peers[name].fail('dtls')
        await settled()
      }

      await expect(first).to.eventually.be.rejectedWith('a failed,b failed,c failed')
    })

    it('do not go on where nobody answers, or something else fails', async () => {
      for (const step of ['ice', 'sctp'] as const) {
        const race = new Race()
        const first = race.run(withThree(race))

        race.peers.a.fail(step)
        await expect(first).to.eventually.be.rejectedWith('a failed')
        expect(race.started, step).to.deep.equal(['a 0'])
      }
    })
  })
})
