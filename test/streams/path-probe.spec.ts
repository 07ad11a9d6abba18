import { expect } from 'aegir/chai'
import { PathProbe } from '../../src/streams/path-probe.ts'

const LEAST = 40
const LOOK = 50
const BURST = 1024 * 1024

interface Network {
  /**
   * How long the answer takes to what is asked then
   */
  answer (askedAt: number): number

  /**
   * What SCTP tells then
   */
  rtt? (now: number): number
  least?: number
}

interface Seen {
  verdict?: 'open' | 'slow'
  at: number
  questions: number[]
}

/**
 * Looks at a burst until it has shown something, as the pace does
 */
function probe ({ answer, rtt = () => LEAST, least = LEAST }: Network): Seen {
  const questions: number[] = []
  let verdict: Seen['verdict']
  let answerAt = Infinity
  let now = 0

  const probe = new PathProbe(least, 0, () => {
    questions.push(now)
    answerAt = now + answer(now)
  })

  probe.handedOver(BURST)
  probe.allowance(0)

  for (; verdict == null && now < 10_000; now++) {
    if (now === answerAt) {
      probe.answered(now)
    }

    verdict = now % LOOK === 0 ? probe.look(rtt(now), now) : undefined
  }

  return { verdict, at: now, questions }
}

describe('the probe of a path', () => {
  it('takes it for open as soon as an answer is prompt', () => {
    expect(probe({ answer: () => LEAST + 10 })).to.deep.include({ verdict: 'open', at: 51, questions: [0] })
  })

  it('takes it for slow once the round trip time grows', () => {
    expect(probe({ answer: () => 500, rtt: now => now < 600 ? LEAST : LEAST + 50 })).to.deep.include({ verdict: 'slow', at: 601 })
  })

  it('waits for what a path of 31.25 kB/s shows late', () => {
    // seen: one packet was measured in 1.3 s
    expect(probe({ answer: () => 500, rtt: now => now < 1_300 ? LEAST : LEAST + 50 })).to.deep.include({ verdict: 'slow', at: 1_301 })
  })

  it('sees the round trip time grow that was long at first because the machine was busy', () => {
    expect(probe({ answer: () => 500, least: 300, rtt: now => now < 1_300 ? 200 : 250 })).to.deep.include({ verdict: 'slow', at: 1_301 })
  })

  it('asks again after a late answer, and takes the path for open once one is prompt', () => {
    expect(probe({ answer: askedAt => askedAt < 300 ? 200 : 60 })).to.deep.include({ verdict: 'open', at: 601, questions: [0, 250, 500] })
  })

  it('takes it for open where answers are late, and nothing else is slow', () => {
    expect(probe({ answer: () => 200 })).to.deep.include({ verdict: 'open', at: 3_001 })
  })

  it('takes it for open where nothing answers', () => {
    expect(probe({ answer: () => Infinity })).to.deep.include({ verdict: 'open', at: 3_001, questions: [0] })
  })

  it('gives a long path three round trips', () => {
    expect(probe({ answer: () => Infinity, least: 2_000, rtt: () => 2_000 })).to.deep.include({ verdict: 'open', at: 6_001 })
  })
})
