import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { ChannelIds } from '../../../src/streams/state/channel-ids.ts'

const QUARANTINE = 1_000
const LESSONS = 8

/**
 * Takes and frees ids, and checks what is always true of them
 */
class Connection {
  now = 0
  readonly open: number[] = []
  readonly ids: ChannelIds
  private readonly closedByRemoteAt = new Map<number, number>()
  private readonly even: boolean
  private readonly maxId: number

  constructor (maxId: number, even = true) {
    this.even = even
    this.maxId = maxId
    this.ids = new ChannelIds({ even, maxId })
  }

  /**
   * Returns the id, or nothing if there is none
   */
  take (): number | undefined {
    const next = this.ids.next(this.now)
    const id = next === 'any' ? this.lowestFree() : next

    if (id == null) {
      return
    }

    const closedAt = this.closedByRemoteAt.get(id) ?? -QUARANTINE

    expect(this.open, 'ids in use').to.not.include(id)
    expect(this.now - closedAt, 'time since the remote closed it').to.be.at.least(QUARANTINE)
    expect(id).to.be.within(1, this.maxId)
    expect(id % 2).to.equal(this.even ? 0 : 1)

    this.closedByRemoteAt.delete(id)
    this.open.push(id)
    this.ids.opened(id)

    return id
  }

  closedByRemote (index = 0): void {
    const [id] = this.open.splice(index % this.open.length, 1)
    this.closedByRemoteAt.set(id, this.now)
    this.ids.closedByRemote(id, this.now)
  }

  closedHere (index = 0): void {
    const [id] = this.open.splice(index % this.open.length, 1)
    this.ids.closedHere(id)
  }

  closeDelay (index = 0): number {
    return this.ids.closeDelay(this.open[index])
  }

  /**
   * What the stack chooses
   */
  private lowestFree (): number | undefined {
    for (let id = this.even ? 2 : 1; id <= this.maxId; id += 2) {
      if (!this.open.includes(id)) {
        return id
      }
    }
  }
}

describe('channel ids', () => {
  describe('capacity', () => {
    it('is 511 for the DTLS client, because 0 is taken, and 512 for the server', () => {
      expect(new ChannelIds({ even: true, maxId: 1_023 }).capacity).to.equal(511)
      expect(new ChannelIds({ even: false, maxId: 1_023 }).capacity).to.equal(512)
    })

    it('is what the remote allows', () => {
      expect(new ChannelIds({ even: true, maxId: 2 }).capacity).to.equal(1)
      expect(new ChannelIds({ even: true, maxId: 1 }).capacity).to.equal(0)
      expect(new ChannelIds({ even: false, maxId: 0 }).capacity).to.equal(0)
    })

    it('is what can be open at once', () => {
      for (const even of [true, false]) {
        const connection = new Connection(1_023, even)

        while (connection.take() != null) {
          // until there is none
        }

        expect(connection.ids.size).to.equal(connection.ids.capacity)
        expect(new Set(connection.open).size).to.equal(connection.ids.capacity)
      }
    })
  })

  describe('never used before', () => {
    it('come first, in order, up to the middle', () => {
      const connection = new Connection(7, false)

      expect(connection.take()).to.equal(1)
      connection.closedByRemote()
      connection.now += QUARANTINE
      expect([connection.take(), connection.take(), connection.take(), connection.take()]).to.deep.equal([3, 1, 5, 7])
      expect(connection.take()).to.be.undefined()
    })

    it('come after what is free, from there on', () => {
      const connection = new Connection(7)
      connection.take()
      connection.closedHere()

      expect([connection.take(), connection.take(), connection.take()]).to.deep.equal([2, 4, 6])
    })
  })

  describe('closed by the remote', () => {
    it('are left alone for a while', () => {
      const connection = new Connection(2)
      connection.take()
      connection.closedByRemote()

      connection.now += QUARANTINE - 1
      expect(connection.take()).to.be.undefined()
      connection.now++
      expect(connection.take()).to.equal(2)
    })

    it('are used again in the order in which they were closed', () => {
      const connection = new Connection(6)
      connection.take()
      connection.take()
      connection.take()
      connection.closedByRemote(1)
      connection.closedByRemote(1)
      connection.closedByRemote(0)

      connection.now += QUARANTINE
      expect([connection.take(), connection.take(), connection.take()]).to.deep.equal([4, 6, 2])
    })
  })

  describe('closed here', () => {
    it('are chosen by the stack, which knows when the remote is done with them', () => {
      const connection = new Connection(2)
      connection.take()
      connection.closedHere()

      expect(connection.ids.next(connection.now)).to.equal('any')
    })

    it('wait while the stack could choose one that the remote has just closed', () => {
      const connection = new Connection(4)
      connection.take()
      connection.take()
      connection.closedHere()
      connection.closedByRemote()

      expect(connection.ids.next(connection.now)).to.be.undefined()
      connection.now += QUARANTINE
      expect([connection.take(), connection.take()]).to.deep.equal([4, 2])
    })
  })

  describe('the close of a channel', () => {
    const FIRST_QUARTER = 126

    /**
     * A connection of which so many ids are used that they are to be used again
     */
    function used (): Connection {
      const connection = new Connection(1_023)

      for (let i = 0; i < FIRST_QUARTER; i++) {
        connection.take()
        expect(connection.closeDelay()).to.equal(0)
        connection.closedHere()
      }

      connection.take()

      return connection
    }

    it('does not wait while there are many ids that were never used, whoever closed channels before', () => {
      const connection = new Connection(1_023)
      connection.take()
      connection.take()
      connection.closedByRemote()

      expect(connection.closeDelay()).to.equal(0)
    })

    it('waits a second for a reset, which the remote might drop with the channel', () => {
      expect(new Connection(1_023).ids.closeDelay(2, true)).to.equal(1_000)
    })

    it('waits a second then, until the habits of the remote are known', () => {
      expect(used().closeDelay()).to.equal(1_000)
    })

    it('does not wait for a remote that leaves it to us', () => {
      const connection = used()

      for (let i = 0; i < LESSONS; i++) {
        expect(connection.closeDelay()).to.equal(1_000)
        connection.closedHere()
        connection.take()
      }

      expect(connection.closeDelay()).to.equal(0)
    })

    it('waits for no more channels than it takes to learn, because a remote may count them', () => {
      const connection = used()

      for (let i = 0; i < LESSONS; i++) {
        connection.take()
        expect(connection.closeDelay(i)).to.equal(1_000)
      }

      expect(connection.closeDelay(LESSONS)).to.equal(0)
      connection.closedHere(LESSONS)

      connection.take()
      expect(connection.closeDelay(LESSONS), 'the one that did not wait has told nothing').to.equal(0)

      connection.closedHere()
      expect(connection.closeDelay(LESSONS - 1)).to.equal(1_000)
    })

    it('waits longer for a remote that closes channels', () => {
      const connection = used()
      connection.take()
      connection.closedByRemote()

      expect(connection.closeDelay()).to.equal(5_000)
    })

    it('learns anew from a remote that has stopped to close channels', () => {
      const connection = used()
      connection.take()
      connection.take()
      connection.closedByRemote()

      expect(connection.closeDelay()).to.equal(5_000)
      connection.closedHere()

      expect(connection.closeDelay()).to.equal(1_000)
    })
  })

  describe('where the stack chooses all of them', () => {
    function chosenByStack (maxId = 6): ChannelIds {
      return new ChannelIds({ even: true, maxId, chosenByStack: true })
    }

    const cases: Array<{ when: string, happens (ids: ChannelIds): void }> = [
      { when: 'at first', happens: () => {} },
      { when: 'when the remote has just closed one', happens: (ids) => { ids.opened(2); ids.closedByRemote(2, 0) } },
      { when: 'when this end has closed one', happens: (ids) => { ids.opened(2); ids.closedHere(2) } },
      { when: 'while one is free', happens: (ids) => { ids.opened(2); ids.opened(6) } },
      { when: 'when an id comes round again', happens: (ids) => { ids.opened(2); ids.closedHere(2); ids.opened(2); ids.opened(4) } }
    ]

    cases.forEach(({ when, happens }) => {
      it(`it does so ${when}`, () => {
        const ids = chosenByStack()
        happens(ids)

        expect(ids.next(0)).to.equal('any')
      })
    })

    it('there is none when all are in use', () => {
      const ids = chosenByStack()
      ids.opened(2)
      ids.opened(4)
      ids.opened(6)

      expect(ids.next(0)).to.be.undefined()
      ids.closedByRemote(4, 0)
      expect(ids.next(0)).to.equal('any')
    })

    it('a remote that closes channels is given the time from the first one on', () => {
      const ids = chosenByStack(1_023)
      ids.opened(2)
      expect(ids.closeDelay(2)).to.equal(1_000)
      ids.closedByRemote(2, 0)

      for (const id of [2, 4, 2]) {
        ids.opened(id)
        expect(ids.closeDelay(id)).to.equal(5_000)
        ids.closedByRemote(id, 0)
      }
    })

    it('channels are closed at once, but after a reset, when the remote has left eight to this end', () => {
      const ids = chosenByStack(1_023)

      for (let id = 2; id <= 16; id += 2) {
        ids.opened(id)
        expect(ids.closeDelay(id)).to.equal(1_000)
      }

      // no more wait than it takes to learn
      ids.opened(18)
      expect([ids.closeDelay(18), ids.closeDelay(18, true)]).to.deep.equal([0, 1_000])

      for (let id = 2; id <= 18; id += 2) {
        ids.closedHere(id)
      }

      ids.opened(2)
      expect(ids.closeDelay(2)).to.equal(0)
    })
  })

  describe('whatever both ends close', () => {
    const steps = fc.array(fc.oneof(
      { weight: 3, arbitrary: fc.record({ what: fc.constant('take' as const), n: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('closed by the remote' as const), n: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('closed here' as const), n: fc.nat() }) },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('wait' as const), n: fc.nat({ max: 1_500 }) }) }
    ), { maxLength: 300 })

    function run (connection: Connection, script: Array<{ what: string, n: number }>): void {
      for (const { what, n } of script) {
        if (what === 'take') {
          connection.take()
        } else if (what === 'wait') {
          connection.now += n
        } else if (connection.open.length > 0 && what === 'closed here') {
          connection.closedHere(n)
        } else if (connection.open.length > 0) {
          connection.closedByRemote(n)
        }
      }
    }

    it('an id is never taken while it is in use, or has just been closed by the remote', () => {
      // the checks are in `take`
      fc.assert(fc.property(steps, fc.integer({ min: 0, max: 30 }), fc.boolean(), (script, maxId, even) => {
        const connection = new Connection(maxId, even)
        run(connection, script)

        expect(connection.ids.size).to.equal(connection.open.length)
        expect(connection.ids.size).to.be.at.most(connection.ids.capacity)
      }), { numRuns: 1_000 })
    })

    it('while fewer are open than there can be, there is an id in time', () => {
      fc.assert(fc.property(steps, fc.integer({ min: 2, max: 30 }), (script, maxId) => {
        const connection = new Connection(maxId)
        run(connection, script)
        connection.now += 60_000

        const isFull = connection.open.length === connection.ids.capacity

        expect(connection.take() == null).to.equal(isFull)
      }), { numRuns: 1_000 })
    })
  })
})
