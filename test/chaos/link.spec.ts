import { expect } from 'aegir/chai'
import { Link } from '../../chaos/relay/link.ts'
import { randomFrom } from '../../chaos/relay/random.ts'
import type { LinkInit } from '../../chaos/relay/link.ts'

interface Case {
  it: string
  link: LinkInit

  /**
   * When a datagram is sent, in ms, and how long it is, in bytes
   */
  sent: Array<[time: number, bytes: number]>

  /**
   * When each of them arrives
   */
  arrives: number[][]

  /**
   * What chance says each time it is asked
   */
  chance?: number[]
}

// of 1,000 bytes a second each byte takes a millisecond
const RATE = 1_000

const CASES: Case[] = [
  {
    it: 'passes everything at once if nothing is said',
    link: {},
    sent: [[0, 1_200], [0, 1], [7, 0]],
    arrives: [[0], [0], [7]]
  },
  {
    it: 'delays',
    link: { delay: 50 },
    sent: [[0, 1], [10, 1]],
    arrives: [[50], [60]]
  },
  {
    it: 'delays each datagram by another time where there is jitter',
    link: { delay: 50, jitter: 20 },
    sent: [[0, 1], [1, 1]],
    arrives: [[68], [51]],
    chance: [0.9, 0]
  },
  {
    it: 'takes the time that the bytes need',
    link: { rate: RATE },
    sent: [[0, 100], [0, 50], [140, 10]],
    arrives: [[100], [150], [160]]
  },
  {
    it: 'is idle between datagrams that come late',
    link: { rate: RATE },
    sent: [[0, 100], [500, 100]],
    arrives: [[100], [600]]
  },
  {
    it: 'delays what has passed the bottleneck',
    link: { rate: RATE, delay: 30 },
    sent: [[0, 100], [0, 100]],
    arrives: [[130], [230]]
  },
  {
    it: 'holds everything where the queue has no bound',
    link: { rate: RATE },
    sent: [[0, 60_000], [0, 60_000], [0, 1]],
    arrives: [[60_000], [120_000], [120_001]]
  },
  {
    it: 'drops what would wait too long',
    link: { rate: RATE, queue: { ms: 100 } },
    sent: [[0, 100], [0, 100], [0, 1], [150, 1]],
    arrives: [[100], [200], [], [201]]
  },
  {
    it: 'drops what comes when too many bytes wait',
    link: { rate: RATE, queue: { bytes: 100 } },
    sent: [[0, 100], [0, 100], [0, 1], [150, 1]],
    arrives: [[100], [200], [], [201]]
  },
  {
    it: 'does without a queue',
    link: { rate: RATE, queue: { ms: 0 } },
    sent: [[0, 10], [5, 10], [10, 10]],
    arrives: [[10], [], [20]]
  },
  {
    it: 'loses by chance, and what is lost takes no time',
    link: { rate: RATE, loss: 0.5 },
    sent: [[0, 100], [0, 100], [0, 100]],
    arrives: [[100], [], [200]],
    chance: [0.5, 0.4, 0.9]
  },
  {
    it: 'duplicates by chance, behind the bottleneck',
    link: { rate: RATE, duplicate: 0.5, delay: 5 },
    sent: [[0, 100], [0, 100]],
    arrives: [[105, 105], [205]],
    chance: [0.4, 0.6]
  },
  {
    it: 'gives a copy a jitter of its own',
    link: { duplicate: 0.5, jitter: 10 },
    sent: [[0, 100]],
    arrives: [[1, 9]],
    chance: [0, 0.1, 0.9]
  },
  {
    it: 'reorders by chance',
    link: { delay: 10, reorder: 0.1, reorderDelay: 5 },
    sent: [[0, 1], [1, 1]],
    arrives: [[15], [11]],
    chance: [0.05, 0.5]
  },
  {
    it: 'loses everything during an outage, counted from the first datagram',
    link: { delay: 10, outages: [{ from: 100, for: 50 }] },
    sent: [[1_000, 1], [1_099, 1], [1_100, 1], [1_149, 1], [1_150, 1], [9_000, 1]],
    arrives: [[1_010], [1_109], [], [], [1_160], [9_010]]
  },
  {
    it: 'repeats an outage',
    link: { outages: [{ from: 100, for: 50, every: 1_000 }] },
    sent: [[0, 1], [120, 1], [160, 1], [1_120, 1], [1_160, 1], [7_149, 1]],
    arrives: [[0], [], [160], [], [1_160], []]
  },
  {
    it: 'has several outages',
    link: { outages: [{ from: 0, for: 1 }, { from: 5, for: 1 }] },
    sent: [[0, 1], [1, 1], [5, 1], [6, 1]],
    arrives: [[], [1], [], [6]]
  }
]

describe('link', () => {
  for (const { it: title, link: init, sent, arrives, chance = [] } of CASES) {
    it(title, () => {
      const left = [...chance]
      const link = new Link(init, () => {
        expect(left).to.not.be.empty()
        return left.shift() ?? 0
      })

      expect(sent.map(([time, bytes]) => link.send(time, bytes))).to.deep.equal(arrives)
      expect(left).to.be.empty()
    })
  }

  it('is interrupted from outside, and can be told to go on', () => {
    const link = new Link({}, () => 0)

    link.interrupt(10, 100)
    expect(link.send(109, 1)).to.be.empty()
    expect(link.send(110, 1)).to.deep.equal([110])

    link.interrupt(200, Infinity)
    expect(link.send(1e9, 1)).to.be.empty()
    link.interrupt(1e9, 0)
    expect(link.send(1e9, 1)).to.deep.equal([1e9])
  })

  it('becomes another one for what is sent from then on', () => {
    const link = new Link({ rate: RATE }, () => 0)

    expect(link.send(0, 100)).to.deep.equal([100])
    link.change({ delay: 5 })
    expect(link.send(0, 100)).to.deep.equal([105])
    expect(link.send(200, 100)).to.deep.equal([205])
  })

  it('counts', () => {
    const link = new Link({ rate: RATE, queue: { ms: 150 }, loss: 0.5, duplicate: 0.5, reorder: 0.5 }, (() => {
      const chance = [0.9, 0, 0, 0.9, /**/ 0.9, 0.9, 0.9, /**/ 0, /**/ 0.9]

      return () => chance.shift() ?? 0
    })())

    link.send(0, 100)
    link.send(0, 100)
    link.send(0, 100)
    link.send(0, 100)
    link.interrupt(0, 10)
    link.send(5, 7)

    expect(link.counters).to.deep.equal({
      sent: { datagrams: 5, bytes: 407 },
      dropped: { loss: 1, queue: 1, outage: 1 },
      duplicated: 1,
      reordered: 1,
      longestQueue: { ms: 100, bytes: 100 }
    })
  })

  it('does the same for the same seed', () => {
    const fates = (seed: number): number[][] => {
      const link = new Link({ loss: 0.3, duplicate: 0.3, jitter: 20 }, randomFrom(seed))

      return Array.from({ length: 100 }, (_, i) => link.send(i, 100))
    }

    expect(fates(7)).to.deep.equal(fates(7))
    expect(fates(7)).to.not.deep.equal(fates(8))
  })

  it('loses as much as it should', () => {
    const link = new Link({ loss: 0.05 }, randomFrom(1))

    for (let i = 0; i < 100_000; i++) {
      link.send(i, 100)
    }

    expect(link.counters.dropped.loss / 100_000).to.be.within(0.048, 0.052)
  })
})
