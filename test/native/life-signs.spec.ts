import { expect } from 'aegir/chai'
import { ConnectionLostError } from '../../src/errors.ts'
import { LifeSigns } from '../../src/native/life-signs.ts'
import { WakingTime } from '../../src/native/waking-time.ts'
import type { Traffic } from '../../src/native/life-signs.ts'

// how often the adapter looks, in ms
const INTERVAL = 20

/**
 * A connection on which things happen at a time
 */
class History {
  readonly traffic: Traffic = { received: 0, sent: 0, rtt: 10, isFull: false }
  readonly signs: LifeSigns
  private time = 0
  private readonly waking = new WakingTime({ now: () => this.time })

  constructor () {
    this.signs = new LifeSigns(() => ({ ...this.traffic }), this.waking)
  }

  /**
   * So many ms pass
   */
  pass (time: number, onLook: (traffic: Traffic) => void = () => {}): this {
    for (const end = this.time + time; this.time < end; this.time += INTERVAL) {
      onLook(this.traffic)
      this.waking.now()
      this.signs.update()
    }

    return this
  }

  /**
   * The process is stopped or busy for so many ms
   */
  stall (time: number): this {
    this.time += time

    return this
  }

  send (): this {
    this.traffic.sent++

    return this
  }

  receive (): this {
    this.traffic.received++

    return this
  }

  end (state: 'disconnected' | 'failed' = 'disconnected', hasStreams = true): ConnectionLostError | undefined {
    this.signs.judge(state, hasStreams)

    return this.signs.lost
  }
}

describe('a connection that has ended', () => {
  const lost: Array<[string, () => ConnectionLostError | undefined]> = [
    ['ICE has given up', () => new History().pass(20_000).end('failed')],
    ['nothing came back', () => new History().send().pass(4_000).end()],
    ['nothing came back for as long as the stack tries', () => new History().send().pass(28_000).end()],
    ['what came was sent before the path was cut', () => new History().send().pass(40).receive().pass(13_000).end()],
    ['only a channel was closed here', () => {
      const history = new History().pass(10_000)
      history.signs.onSent()
      return history.pass(13_000).end('disconnected', false)
    }],
    ['the stack gives up the last word on a stream', () => new History().send().receive().pass(20).send().pass(12_800).end('disconnected', false)],
    ['nothing tells whether the last word on a stream has arrived', () => new History().send().receive().pass(20).send().pass(4_000).end('disconnected', false)],
    ['the stack was full and took no more', () => {
      const history = new History().pass(1_000, traffic => { traffic.sent++; traffic.received++ })
      history.traffic.isFull = true
      return history.pass(13_000).end()
    }],
    ['what the remote had sent went on to come, and nothing that the full stack held was taken', () => {
      const history = new History().send()
      history.traffic.isFull = true
      return history.pass(1_700).receive().pass(11_400).end()
    }],
    ['what the stack held took long to send, and then it broke off', () => new History().send().pass(60_000).end()]
  ]

  for (const [name, history] of lost) {
    it(`was lost where ${name}`, () => {
      const err = history()

      expect(err).to.be.an.instanceOf(ConnectionLostError)
      expect(err?.silence).to.be.within(1_500, 30_000)
    })
  }

  const closed: Array<[string, () => ConnectionLostError | undefined]> = [
    ['nothing was on its way', () => new History().send().pass(40).receive().pass(20).receive().pass(300_000).end()],
    ['it was idle for long after a last message', () => new History().send().receive().pass(60_000).end('disconnected', false)],
    ['its last stream had ended before the stack would have given up', () => new History().send().receive().pass(20).send().pass(20_000).end('disconnected', false)],
    ['the remote was heard a moment ago', () => new History().send().pass(10_000).receive().pass(500).end()],
    ['a message came with the end', () => new History().send().pass(10_000).receive().end()],
    ['the remote had closed a channel', () => {
      const history = new History().send().pass(10_000)
      history.signs.onHeard()
      return history.pass(60).end()
    }],
    ['it was received only', () => new History().pass(60_000, traffic => { traffic.received++ }).pass(5_000).end()],
    ['it was sent only, on a path that took more and more', () => {
      const history = new History()
      history.traffic.isFull = true
      return history.pass(60_000, traffic => { traffic.sent++ }).end()
    }],
    ['acknowledgements changed the round trip time', () => new History().send().pass(10_000, traffic => {
      traffic.rtt = (traffic.rtt ?? 0) % 50 + 1
    }).end()],
    ['the process was stopped and the remote had closed it in the meantime', () => new History().send().pass(100).stall(60_000).end()]
  ]

  for (const [name, history] of closed) {
    it(`was closed by the remote where ${name}`, () => {
      expect(history()).to.equal(undefined)
    })
  }

  it('was not heard of for longer than ICE tolerates', () => {
    expect(new History().pass(600_000).end('failed')).to.have.property('silence', 30_000)
  })
})
