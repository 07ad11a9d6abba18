import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Turns } from '../../src/native/turns.ts'

// in ms: how often the adapter ticks, and how long after it did something a member
// is busy
const INTERVAL = 20
const QUIET_AFTER = 3_000

// in ticks: how long a member that is quiet is left alone
const REST = 10
const BUDGETS = { busy: 8, quiet: 4, rest: REST * INTERVAL }

class Member {
  looks = 0
  isBusy = false
  isTold = false
  onLook?: () => void

  look (): boolean {
    this.looks++
    this.onLook?.()

    return this.isBusy
  }
}

class World {
  readonly turns = new Turns<Member>(BUDGETS)
  readonly members: Member[]
  private time = 0

  constructor (count: number) {
    this.members = Array.from({ length: count }, () => new Member())
    this.members.forEach(member => { this.turns.add(member) })
  }

  /**
   * Returns how many looks there were
   */
  tick (count = 1): number {
    const before = this.looks()

    for (let i = 0; i < count; i++) {
      this.time += INTERVAL
      this.turns.tick(this.time)
    }

    return this.looks() - before
  }

  looks (): number {
    return this.members.reduce((sum, { looks }) => sum + looks, 0)
  }

  /**
   * Until all that do nothing are quiet
   */
  calm (): this {
    this.tick(QUIET_AFTER / INTERVAL + Math.ceil(this.members.length / BUDGETS.busy) + 1)

    return this
  }

  /**
   * After how many ticks a member is looked at
   */
  ticksUntilLook (member: Member): number {
    const before = member.looks

    for (let ticks = 1; ; ticks++) {
      this.tick()

      if (member.looks > before) {
        return ticks
      }
    }
  }
}

describe('turns', () => {
  it('leave few members that do nothing alone for some time after each look', () => {
    const world = new World(3 * BUDGETS.quiet).calm()
    const before = world.members.map(({ looks }) => looks)
    world.tick(10 * REST)

    expect(world.members.map(({ looks }) => looks)).to.deep.equal(before.map(looks => looks + 10))
  })

  it('look at a member that was busy once it has rested', () => {
    const world = new World(1).calm()
    const [member] = world.members
    world.turns.touch(member)
    world.tick(QUIET_AFTER / INTERVAL)

    expect(world.ticksUntilLook(member)).to.equal(REST)
    expect(world.ticksUntilLook(member)).to.equal(REST)
  })

  it('look at many that do nothing in turns, each as often as the others', () => {
    const world = new World(100 * BUDGETS.quiet).calm()
    const before = world.members.map(({ looks }) => looks)

    expect(world.tick(100)).to.equal(100 * BUDGETS.quiet)
    expect(world.members.map(({ looks }, i) => looks - before[i])).to.deep.equal(world.members.map(() => 1))
  })

  it('look at as many with a tick that stands for several', () => {
    const world = new World(100 * BUDGETS.quiet).calm()
    const before = world.looks()
    world.turns.tick(100_000, 5)

    expect(world.looks() - before).to.equal(5 * BUDGETS.quiet)
  })

  it('say whether any member does something', () => {
    const world = new World(10)
    expect(world.turns.isBusy).to.equal(true)
    expect(world.calm().turns.isBusy).to.equal(false)
    world.turns.touch(world.members[3])
    expect(world.turns.isBusy).to.equal(true)
  })

  it('look with every tick at the few that do something, among many that do nothing', () => {
    const world = new World(1_000).calm()
    const member = world.members[500]
    world.turns.touch(member)

    for (let i = 0; i < QUIET_AFTER / INTERVAL; i++) {
      expect(world.ticksUntilLook(member)).to.equal(1)
    }

    world.tick(2)
    expect(world.ticksUntilLook(member)).to.be.greaterThan(100)
  })

  it('look again with the next tick where a look says so', () => {
    const world = new World(1_000).calm()
    const member = world.members[500]
    member.isBusy = true
    world.ticksUntilLook(member)

    expect(world.ticksUntilLook(member)).to.equal(1)
    expect(world.ticksUntilLook(member)).to.equal(1)
  })

  it('look at those that do nothing however many do something', () => {
    const world = new World(1_000).calm()
    const [quiet, ...others] = world.members
    others.forEach(member => { member.isBusy = true })
    others.forEach(member => { world.turns.touch(member) })

    world.ticksUntilLook(quiet)
    expect(world.ticksUntilLook(quiet)).to.equal(REST)
    expect(world.ticksUntilLook(quiet)).to.equal(REST)
  })

  it('do not look at those that are told, after one look, until something happens to them', () => {
    const world = new World(4)
    const [member] = world.members
    member.isTold = true
    world.tick(10)
    expect(member.looks).to.equal(1)

    world.turns.touch(member)
    world.tick(10)
    expect(member.looks).to.equal(2)

    member.isBusy = true
    world.turns.touch(member)
    world.tick(10)
    expect(member.looks).to.equal(12)

    world.turns.delete(member)
    expect(world.turns.size).to.equal(3)
  })

  it('do not look at what is taken away, also by a look in the same tick', () => {
    const world = new World(4)
    const [first, ...others] = world.members
    first.onLook = () => { others.forEach(member => { world.turns.delete(member) }) }
    world.tick(10)

    expect(others.map(({ looks }) => looks)).to.deep.equal([0, 0, 0])
    expect(world.turns.size).to.equal(1)
  })

  it('do not take in what has ended when something still happens to it', () => {
    const world = new World(1)
    world.turns.delete(world.members[0])
    world.turns.touch(world.members[0])
    world.tick()

    expect(world.turns.size).to.equal(0)
    expect(world.looks()).to.equal(0)
  })

  it('never look at one twice in a tick, and never more often than the budgets allow', () => {
    const event = fc.tuple(fc.constantFrom('add', 'touch', 'delete', 'busy', 'quiet'), fc.nat(29))

    fc.assert(fc.property(fc.array(fc.record({ events: fc.array(event, { maxLength: 20 }), ticks: fc.integer({ min: 1, max: 200 }) }), { maxLength: 6 }), rounds => {
      const world = new World(30)
      const inside = new Set(world.members)

      for (const { events, ticks } of rounds) {
        for (const [name, i] of events) {
          const member = world.members[i]

          if (name === 'add' || name === 'delete') {
            world.turns[name](member)
            inside[name](member)
          } else if (name === 'touch') {
            world.turns.touch(member)
          } else {
            member.isBusy = name === 'busy'
          }
        }

        for (let tick = 0; tick < ticks; tick++) {
          const before = world.members.map(({ looks }) => looks)
          const looks = world.tick()
          const most = world.members.filter((member, i) => member.looks - before[i] > (inside.has(member) ? 1 : 0))

          if (looks > BUDGETS.busy + BUDGETS.quiet || most.length > 0 || world.turns.size !== inside.size) {
            return false
          }
        }

        // nobody is forgotten
        const before = world.members.map(({ looks }) => looks)
        world.tick(REST + Math.ceil(30 / BUDGETS.quiet) + Math.ceil(30 / BUDGETS.busy) + 1)

        if (world.members.some((member, i) => (member.looks > before[i]) !== inside.has(member))) {
          return false
        }
      }

      return true
    }), { numRuns: 100 })
  })
})
