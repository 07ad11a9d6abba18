/**
 * How much to hand over on a path whose network has a queue without a bound, so
 * that the queue stays short. Pure: the time is passed in.
 *
 * It begins with what the stack holds: nothing is handed over until that is sent.
 * Then the smoothed round trip time, which tells late, is looked at once in a
 * second:
 *
 * | the queue is                 | what the path is taken to carry | and is handed over |
 * |------------------------------|---------------------------------|--------------------|
 * | below a quarter of `QUEUE`   | 5 % more                        | all of it          |
 * | below `QUEUE`                | 2 % more                        | all of it          |
 * | below twice `QUEUE`          | the same                        | 90 %               |
 * | longer                       | 5 % less                        | 70 %               |
 *
 * A rate that is a guess is doubled instead, once the queue is gone, until there
 * is a queue again: then the last one was right.
 */

/**
 * The queue to leave in the network, in ms: it keeps the path busy, and a round
 * trip short
 */
const QUEUE = 200

const STEP_INTERVAL = 1_000

/**
 * How long the queue may last before which a rate was guessed, in ms
 */
const MAX_SETTLING = 20_000

/**
 * Where the rate was divided by so much and the queue is no shorter, it is no
 * queue: the path has become longer
 */
const PATIENCE = 4

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

  /**
   * The smoothed round trip time, in ms
   */
  rtt: number
  now: number

  /**
   * How many bytes the stack holds
   */
  held: number
}

export class RateLimit {
  /**
   * What the path is taken to carry, in bytes a second
   */
  capacity: number

  private readonly init: RateLimitInit
  private rate: number
  private state: 'settling' | 'guessed' | 'known'

  // how many bytes may be handed over now; below 0 the time has to make up for it
  private credit: number
  private creditAt: number
  private steppedAt: number

  constructor (init: RateLimitInit) {
    this.init = init
    this.capacity = init.rate
    this.rate = init.rate
    this.state = init.isGuess ? 'settling' : 'known'
    this.credit = init.rate * QUEUE / 1_000 - init.held
    this.creditAt = init.now
    this.steppedAt = init.now
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
  }

  /**
   * Follows the path
   *
   * @param rtt - the smoothed round trip time, in ms
   * @param least - the least one that was seen
   * @param now - in ms
   */
  step (rtt: number, least: number, now: number): void {
    // what the stack held at the beginning says nothing of the rate
    if (this.allowance(now) <= 0 || now - this.steppedAt < STEP_INTERVAL) {
      return
    }

    const queue = rtt - least
    this.steppedAt = now

    if (this.state !== 'known') {
      this.improve(queue, now)
    } else if (queue < QUEUE / 4) {
      this.capacity *= 1.05
    } else if (queue < QUEUE) {
      this.capacity *= 1.02
    } else if (queue > 2 * QUEUE) {
      this.capacity *= 0.95
    }

    if (queue < QUEUE) {
      this.rate = this.capacity
    } else {
      this.rate = this.capacity * (queue < 2 * QUEUE ? 0.9 : 0.7)
    }
  }

  private improve (queue: number, now: number): void {
    if (queue < QUEUE / 4) {
      this.capacity *= this.state === 'guessed' ? 2 : 1
      this.state = 'guessed'
    } else if (queue > QUEUE && this.state === 'guessed') {
      this.capacity /= 2
      this.state = 'known'
    } else if (this.state === 'settling' && now - this.init.now > MAX_SETTLING) {
      this.state = 'known'
    }
  }

  /**
   * Whether what was taken for a queue does not go away
   */
  isPathLonger (rtt: number): boolean {
    return this.capacity < this.init.rate / PATIENCE && rtt >= this.init.rtt
  }
}
