import { expect } from 'aegir/chai'
import { plan } from '../../bench/schedule.ts'
import { TimeLeft } from '../../bench/time-left.ts'
import type { Implementation } from '../../bench/ends/implementations.ts'

const IMPLEMENTATIONS: Implementation[] = ['floor', 'tcp', 'ours']

describe('the schedule of the benchmark', () => {
  it('begins each round with the first dials of new processes', () => {
    const steps = plan({ implementations: IMPLEMENTATIONS, rounds: 2, size: 'quick', figures: ['up'] })
    const first = [1, 2].map(round => steps.filter(step => step.round === round).slice(0, 3))

    for (const ofRound of first) {
      expect(ofRound.map(({ task }) => task.name)).to.deep.equal(Array(3).fill('first dial'))
      expect(ofRound.map(({ implementation }) => implementation)).to.have.members(IMPLEMENTATIONS)
    }
  })

  it('has all implementations do one thing after the other, and another one first each time', () => {
    const steps = plan({ implementations: IMPLEMENTATIONS, rounds: 3, size: 'quick', figures: ['up'] }).filter(({ task }) => task.name === 'up')
    const orders = [1, 2, 3].map(round => steps.filter(step => step.round === round).map(({ implementation }) => implementation))

    expect(new Set(orders.map(([first]) => first)).size).to.equal(3)

    for (const order of orders) {
      expect(order).to.have.members(IMPLEMENTATIONS)
    }
  })

  it('leaves TCP out where a relay delays datagrams', () => {
    const steps = plan({ implementations: IMPLEMENTATIONS, rounds: 1, size: 'quick', figures: ['answer100'] }).filter(({ task }) => task.needsUdp === true)

    expect(steps.map(({ implementation }) => implementation)).to.have.members(['floor', 'ours'])
  })

  it('does what takes long in few rounds, and not at all where less is enough', () => {
    const full = plan({ implementations: ['ours'], rounds: 5, size: 'full', figures: ['crowd'] })
    const quick = plan({ implementations: ['ours'], rounds: 5, size: 'quick', figures: ['crowd'] })

    expect(full.filter(({ task }) => task.figures.includes('crowd'))).to.have.length(1)
    expect(quick.filter(({ task }) => task.figures.includes('crowd'))).to.be.empty()
  })
})

describe('the time that is left', () => {
  it('is what was estimated until it is known', () => {
    const steps = plan({ implementations: ['ours'], rounds: 2, size: 'quick', figures: ['up'] })
    const timeLeft = new TimeLeft(steps)

    expect(timeLeft.ms).to.equal(steps.reduce((sum, { task }) => sum + task.seconds * 1e3, 0))
  })

  it('is what the same has taken before', () => {
    const steps = plan({ implementations: ['ours'], rounds: 3, size: 'quick', figures: ['up'] })
    const timeLeft = new TimeLeft(steps)

    // two steps a round
    for (const ms of [100, 1_000, 300, 3_000]) {
      timeLeft.next(ms)
    }

    expect(timeLeft.ms).to.equal(2_200)
  })

  it('is none at the end', () => {
    const steps = plan({ implementations: ['ours'], rounds: 1, size: 'quick', figures: ['up'] })
    const timeLeft = new TimeLeft(steps)
    steps.forEach(() => { timeLeft.next(1) })

    expect(timeLeft.ms).to.equal(0)
  })
})
