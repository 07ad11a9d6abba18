/**
 * How much to hand over on a path whose network has a queue without a bound, so
 * that the queue stays short. Pure: the time is passed in.
 *
 * It begins with what the stack holds: nothing is handed over until that is sent.
 * Then the smoothed round trip time is looked at once in a second. It holds the queue of
 * the other direction, too, which this end can't make shorter. So what tells is less how
 * long it is than what it does when more is handed over.
 *
 * | state    | the path is taken to carry | and is handed over           |
 * |----------|----------------------------|------------------------------|
 * | `waits`  | the same                   | all of it; 90 % where the queue is longer than `QUEUE` |
 * | `grows`  | more                       | all of it                    |
 * | `drains` | 5 % less each time         | 70 %                         |
 *
 * | state    | event                                              | next     |
 * |----------|----------------------------------------------------|----------|
 * | any      | the queue is longer than twice `QUEUE`             | `drains` |
 * | `waits`  | some steps have passed                             | `grows`  |
 * | `grows`  | the round trip time has grown by `RISE`: what the path was taken to carry before is right, and what was handed over beyond that is made up for | `waits` |
 * | `grows`  | it has grown by less, and no further               | `waits`  |
 * | `drains` | the queue is no longer than that                   | `waits`  |
 * | `drains` | it is as long as when the rate was `PATIENCE` times as high: it is none of this end's, but a longer path | `grows` |
 *
 * Where both ends send, each direction may have its queue: there `QUEUE` counts twice.
 */

/**
 * The queue to leave in the network, in ms: it keeps the path busy, and a round
 * trip short
 */
const QUEUE = 200

const STEP_INTERVAL = 1_000

/**
 * How many round trips growth takes to show: as many are measured and smoothed
 */
const ROUND_TRIPS = 3

/**
 * How much more a path is taken to carry: twice as much more from step to step
 */
const MIN_GROWTH = 0.05
const MAX_GROWTH = 0.25

/**
 * The same of a guess, as long as there is no queue
 */
const GUESS_GROWTH = 1

/**
 * A round trip that is so much longer, in ms, shows that more was handed over than
 * the path carries; or it may be about to
 */
const RISE = 50
const HINT = 25

/**
 * How many steps to wait before the path is taken to carry more: twice as many each
 * time that it has no room for more. Where both ends send it may be the other one that took too much.
 */
const MIN_WAIT = 2
const MAX_WAIT = 8

const PATIENCE = 2

/**
 * For how long nothing may be handed over to make up for what was too much, in ms: small
 * things wait as well
 */
const MAX_PAUSE = 1_500

/**
 * For how long the credit of a path that is not used grows, in ms
 */
const MAX_CREDIT = 100

/**
 * The same while streams wait for their turn, who then wait for a timer that is late: a
 * page that nobody sees has one that fires once a second
 */
const MAX_LATE = 1_200

export interface RateLimitInit {
  /**
   * What the path carries, in bytes a second
   */
  rate: number

  /**
   * Whether that is no more than a guess
   */
  isGuess: boolean

  now: number

  /**
   * How many bytes the stack holds
   */
  held: number

  /**
   * How many bytes have come from the remote
   */
  received: number
}

export interface PathState {
  /**
   * The smoothed round trip time, in ms
   */
  rtt: number

  /**
   * The least one that was seen, in ms
   */
  least: number

  /**
   * How many bytes have come from the remote
   */
  received: number
}

/**
 * What was seen in a step
 */
interface Look {
  readonly rtt: number
  readonly queue: number

  /**
   * How long the queue may be
   */
  readonly bound: number
  readonly now: number
}

/**
 * What was true before a step
 */
interface Step {
  readonly capacity: number
  readonly handedOver: number
  readonly rtt: number
  readonly time: number
}

type State = 'grows' | 'waits' | 'drains'

export class RateLimit {
  /**
   * What the path is taken to carry, in bytes a second
   */
  capacity: number

  private rate: number
  private state: State = 'waits'
  private isGuess: boolean

  // since the state began
  private steps: Step[] = []
  private growth = MIN_GROWTH
  private firstGrowth: number
  private wait = MIN_WAIT
  private steppedAt: number
  private received: number

  // how many bytes may be handed over now; below 0 the time has to make up for it
  private credit: number
  private creditAt: number
  private handed = 0

  constructor (init: RateLimitInit) {
    this.capacity = init.rate
    this.rate = init.rate
    this.isGuess = init.isGuess
    this.firstGrowth = init.isGuess ? MAX_GROWTH : MIN_GROWTH
    this.credit = init.rate * QUEUE / 1_000 - init.held
    this.creditAt = init.now
    this.steppedAt = init.now
    this.received = init.received
  }

  /**
   * How many bytes may be handed over
   *
   * @param now - in ms
   * @param isAwaited - whether streams have waited for it since it was asked last
   */
  allowance (now: number, isAwaited: boolean = false): number {
    const earned = this.rate * (now - this.creditAt) / 1_000
    const most = Math.max(1, this.rate * (isAwaited ? MAX_LATE : MAX_CREDIT) / 1_000)

    this.credit = Math.max(this.credit, Math.min(this.credit + earned, most))
    this.creditAt = now

    return this.credit
  }

  handedOver (bytes: number): void {
    this.credit -= bytes
    this.handed += bytes
  }

  /**
   * Follows the path. Returns whether what was taken for a queue is none.
   *
   * @param path - what is known of it
   * @param now - in ms
   */
  step (path: PathState, now: number): boolean {
    const { rtt, least, received } = path
    const time = now - this.steppedAt

    // what the stack held at the beginning says nothing of the rate
    if (this.allowance(now) <= 0 || time < STEP_INTERVAL) {
      return false
    }

    const bothSend = (received - this.received) * 1_000 / time > this.capacity / 4
    const look = { rtt, queue: rtt - least, bound: bothSend ? 2 * QUEUE : QUEUE, now }
    const isLonger = this.state === 'drains' && this.stays(rtt)

    this.steppedAt = now
    this.received = received
    this.enter(isLonger ? 'grows' : this.next(look))
    this.act(look)

    return isLonger
  }

  private next (look: Look): State {
    const { state } = this
    const { queue, bound } = look

    if (state === 'grows' && this.rise(look) >= RISE) {
      this.revert(look)

      return 'waits'
    }

    if (queue >= 2 * bound) {
      return 'drains'
    }

    switch (state) {
      case 'waits':
        return this.steps.length < this.wait ? 'waits' : 'grows'
      case 'grows':
        return this.rise(look) >= HINT && this.hasShown(2, look) ? 'waits' : 'grows'
      case 'drains':
        return 'waits'
      default: return state satisfies never
    }
  }

  private enter (state: State): void {
    if (state !== this.state) {
      this.state = state
      this.steps = []
      this.growth = this.firstGrowth
    }
  }

  private act (look: Look): void {
    switch (this.state) {
      case 'waits':
        this.remember(look)
        this.rate = this.capacity * (look.queue < look.bound ? 1 : 0.9)
        break
      case 'grows':
        if (this.hasShown(1, look) && this.rise(look) < HINT) {
          this.remember(look)
          this.grow(look)
        }
        break
      case 'drains':
        this.remember(look)
        this.capacity *= 0.95
        this.rate = this.capacity * 0.7
        break
      default: this.state satisfies never
    }
  }

  private remember ({ rtt, now }: Look): void {
    this.steps.push({ capacity: this.capacity, handedOver: this.handed, rtt, time: now })
  }

  /**
   * How much longer the round trip has become since this state began
   */
  private rise ({ rtt }: Look): number {
    return rtt - Math.min(...this.steps.map(step => step.rtt))
  }

  /**
   * Whether growth had so many times as long as it takes to show
   */
  private hasShown (times: number, { rtt, now }: Look): boolean {
    const { time = -Infinity } = this.steps.at(-1) ?? {}

    return now - time >= times * Math.max(STEP_INTERVAL, ROUND_TRIPS * rtt)
  }

  private grow ({ queue }: Look): void {
    if (this.isGuess && queue < QUEUE / 4) {
      this.capacity *= 1 + GUESS_GROWTH
    } else {
      this.capacity *= 1 + this.growth
      this.growth = Math.min(MAX_GROWTH, 2 * this.growth)
    }

    this.rate = this.capacity
  }

  private revert ({ bound, now }: Look): void {
    const before = this.steps[this.steps.length - 1]
    const excess = this.handed - before.handedOver - before.capacity * (now - before.time) / 1_000

    this.capacity = before.capacity
    this.credit -= Math.min(Math.max(0, excess), before.capacity * MAX_PAUSE / 1_000)
    this.wait = this.steps.length > 2 || bound > QUEUE ? MIN_WAIT : Math.min(MAX_WAIT, 2 * this.wait)
    this.firstGrowth = this.isGuess ? MAX_GROWTH : MIN_GROWTH
    this.isGuess = false
  }

  /**
   * Whether the queue is as long as when the rate was so much higher
   */
  private stays (rtt: number): boolean {
    const before = this.steps.findLast(step => step.capacity >= PATIENCE * this.capacity)

    return before != null && rtt >= 0.9 * before.rtt
  }
}
