/**
 * One direction of a network path: what becomes of a datagram? The time is an
 * argument, in ms, and chance a function, so that tests need neither.
 */

export interface Outage {
  /**
   * When it begins, in ms after the first datagram of the link
   */
  from: number

  /**
   * How long it lasts, in ms
   */
  for: number

  /**
   * How long after its begin it begins again, in ms; once, if left out
   */
  every?: number
}

export interface LinkInit {
  /**
   * How long each datagram is under way, in ms
   *
   * @default 0
   */
  delay?: number

  /**
   * Up to so much longer, in ms, each datagram for itself: they overtake each
   * other
   *
   * @default 0
   */
  jitter?: number

  /**
   * The probability that a datagram is lost
   *
   * @default 0
   */
  loss?: number

  /**
   * The probability that a datagram arrives twice
   *
   * @default 0
   */
  duplicate?: number

  /**
   * The probability that a datagram is held back for `reorderDelay`
   *
   * @default 0
   */
  reorder?: number

  /**
   * How long, in ms
   *
   * @default 2
   */
  reorderDelay?: number

  /**
   * How many bytes pass in a second
   *
   * @default Infinity
   */
  rate?: number

  /**
   * How many bytes may wait because of `rate`, or for how many ms a datagram
   * may. What would be more is dropped.
   *
   * @default { bytes: Infinity }
   */
  queue?: { bytes: number } | { ms: number }

  /**
   * When everything is lost
   *
   * @default []
   */
  outages?: Outage[]
}

interface Count {
  datagrams: number
  bytes: number
}

export interface LinkCounters {
  /**
   * What was sent, copies not counted
   */
  sent: Count

  /**
   * What did not arrive, and why
   */
  dropped: { loss: number, queue: number, outage: number }

  duplicated: number
  reordered: number

  longestQueue: { ms: number, bytes: number }
}

export class Link {
  readonly counters: LinkCounters = {
    sent: { datagrams: 0, bytes: 0 },
    dropped: { loss: 0, queue: 0, outage: 0 },
    duplicated: 0,
    reordered: 0,
    longestQueue: { ms: 0, bytes: 0 }
  }

  private init: Required<LinkInit>
  private readonly random: () => number

  // the time of the first datagram
  private startedAt?: number

  // when all that was taken has passed the bottleneck
  private freeAt = 0

  private interruptedUntil = -Infinity

  constructor (init: LinkInit, random: () => number) {
    this.init = withDefaults(init)
    this.random = random
  }

  /**
   * Another path for what is sent from now on
   */
  change (init: LinkInit): void {
    this.init = withDefaults(init)
  }

  /**
   * An outage that begins now; of no length, it ends one
   */
  interrupt (now: number, duration: number): void {
    this.interruptedUntil = now + duration
  }

  /**
   * Sends a datagram, and returns when it arrives: never, once or twice
   */
  send (now: number, bytes: number): number[] {
    const { loss, rate, delay, duplicate } = this.init
    const { sent, dropped } = this.counters

    this.startedAt ??= now
    sent.datagrams++
    sent.bytes += bytes

    if (this.isOut(now)) {
      dropped.outage++
      return []
    }

    if (this.chance(loss)) {
      dropped.loss++
      return []
    }

    if (!this.enqueue(now)) {
      dropped.queue++
      return []
    }

    this.freeAt = Math.max(now, this.freeAt) + bytes / rate * 1_000

    const copies = this.chance(duplicate) ? 2 : 1
    this.counters.duplicated += copies - 1

    return Array.from({ length: copies }, () => this.freeAt + delay + this.variation())
  }

  private isOut (now: number): boolean {
    const elapsed = now - (this.startedAt ?? now)

    return now < this.interruptedUntil || this.init.outages.some(({ from, for: duration, every = Infinity }) => {
      return elapsed >= from && (elapsed - from) % every < duration
    })
  }

  private enqueue (now: number): boolean {
    const { rate, queue } = this.init
    const ms = Math.max(0, this.freeAt - now)
    const bytes = ms === 0 ? 0 : ms * rate / 1_000
    const { longestQueue } = this.counters

    if ('ms' in queue ? ms > queue.ms : bytes > queue.bytes) {
      return false
    }

    longestQueue.ms = Math.max(longestQueue.ms, ms)
    longestQueue.bytes = Math.max(longestQueue.bytes, bytes)

    return true
  }

  private variation (): number {
    const { jitter, reorder, reorderDelay } = this.init
    const jittered = jitter === 0 ? 0 : this.random() * jitter

    if (!this.chance(reorder)) {
      return jittered
    }

    this.counters.reordered++

    return jittered + reorderDelay
  }

  private chance (probability: number): boolean {
    return probability > 0 && this.random() < probability
  }
}

function withDefaults (init: LinkInit): Required<LinkInit> {
  return {
    delay: 0,
    jitter: 0,
    loss: 0,
    duplicate: 0,
    reorder: 0,
    reorderDelay: 2,
    rate: Infinity,
    queue: { bytes: Infinity },
    outages: [],
    ...init
  }
}
