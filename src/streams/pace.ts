/**
 * How fast the streams of a connection hand over what they send, so that what is
 * small does not wait behind what is large where the path is slow.
 *
 * The stack takes up to `sendBufferSize` bytes at once, whatever the path
 * carries, and tells only when it has no more room: then it takes what the remote
 * acknowledges, which is what the path carries.
 *
 * | path      | known by                                       | what streams do |
 * |-----------|------------------------------------------------|-----------------|
 * | `unknown` | the stack was never full                       | take turns after each long frame; where the path is no local one send short frames only, and stop a burst to see what comes of it (`path-probe.ts`) |
 * | `fast`    | the full stack took `FAST` bytes a second      | take turns after `FAST_TURN` bytes |
 * | `slow`    | the full stack took less                       | send short frames only, and queue one at a time |
 *
 * Turns: a stack may stay with a stream after a message that it had to cut into
 * several DATA chunks (usrsctp does, `native/peer.ts`). So now and then a frame is
 * short: it fits into one chunk.
 *
 * Where the queue of the network has no bound, SCTP fills it for as long as
 * nothing is lost, and a round trip comes to take many seconds. It shows in the
 * round trip time. Where a slow path has one that is far beyond the least that was
 * seen, the streams hand over no more than the path carries: nothing at first,
 * until the stack has sent most of what it holds, then as much as leaves the
 * queue short.
 */
import { PathProbe } from './path-probe.ts'
import type { Clock } from '../clock.ts'
import type { Peer } from '../ports.ts'

/**
 * A path that carries so many bytes a second empties the buffers of the stack in
 * half a second
 */
const FAST = 2 * 1024 * 1024

/**
 * How many bytes a stream sends on a fast path before the others have a turn
 */
const FAST_TURN = 64 * 1024

/**
 * What a path is taken to carry that a burst has shown to be slow, in bytes a
 * second
 */
const GUESS = 32 * 1024

/**
 * How long the queue of the first burst may last, in ms
 */
const MAX_SETTLING = 20_000

/**
 * A path with a shorter round trip, in ms, is a local one, and not very slow
 */
const LOCAL = 5

/**
 * How often to look at what the stack took, in ms, and for how long at least and
 * at most to learn a rate from it
 */
const LOOK_INTERVAL = 50
const MIN_SPAN = 300
const MAX_SPAN = 2_000

/**
 * A round trip that is so much longer than the least one, in ms, is a queue that
 * grows. Queues that have a bound are mostly shorter.
 */
const FAR = 500

/**
 * The queue to leave in the network, in ms: it keeps the path busy, and a round
 * trip short
 */
const SHORT_QUEUE = 200

/**
 * How often to change the rate, in ms. The round trip time is smoothed: it tells
 * late.
 */
const STEP_INTERVAL = 1_000

/**
 * Where the rate was divided by so much and the queue is no shorter, it is no
 * queue: the path has become longer
 */
const PATIENCE = 4

interface Sample {
  readonly time: number
  readonly sent: number
}

interface Limit {
  /**
   * What the path carries, in bytes a second
   */
  capacity: number

  /**
   * What is handed over, in bytes a second
   */
  rate: number
  readonly firstRate: number
  readonly firstRtt: number

  /**
   * Since when the rate is a guess, and whether the queue of the first burst is
   * gone: then the guess is doubled until there is a queue again
   */
  guess?: { readonly since: number, isSettled: boolean }

  /**
   * How many bytes may be handed over now; below 0 the time has to make up for it
   */
  credit: number
  creditAt: number
  steppedAt: number
}

/**
 * A stream that has more to send
 */
export interface Sender {
  /**
   * Sends more. It asks for its turn again where it has still more.
   */
  goOn (): void
}

export interface PaceInit {
  clock: Clock
  peer: Pick<Peer, 'bytesSent' | 'maxChunkSize' | 'rtt' | 'sendBufferSize'>
}

export class Pace {
  private readonly clock: Clock
  private readonly peer: PaceInit['peer']
  private path: 'unknown' | 'fast' | 'slow' = 'unknown'
  private least = Infinity
  private samples: Sample[] = []
  private probe?: PathProbe
  private isProbed = false
  private limit?: Limit
  private cancel?: () => void

  // streams that the stack has no room for, and streams whose turn comes with time
  private readonly blocked = new Set<Sender>()
  private readonly waiting = new Set<Sender>()

  /**
   * The longest frame that is a short one, with its prefix, in bytes
   */
  readonly shortFrame: number

  constructor (init: PaceInit) {
    this.clock = init.clock
    this.peer = init.peer
    this.shortFrame = init.peer.maxChunkSize
  }

  /**
   * Whether short frames are to be sent one at a time
   */
  get isSlow (): boolean {
    return this.path === 'slow'
  }

  /**
   * How many bytes a stream may send in long frames before a short one
   */
  get turn (): number {
    switch (this.path) {
      case 'unknown': return this.isLocal() ? 1 : 0
      case 'fast': return FAST_TURN
      case 'slow': return 0
      default: return this.path satisfies never
    }
  }

  /**
   * How many bytes may be handed over now; where it is 0 or less, the stream has
   * to wait for its turn
   */
  allowance (): number {
    const { limit } = this
    const now = this.clock.now()

    if (limit == null) {
      return this.startProbe(now)?.allowance(now) ?? Infinity
    }

    const most = Math.max(this.shortFrame, limit.rate * LOOK_INTERVAL / 500)
    limit.credit = Math.min(limit.credit + limit.rate * (now - limit.creditAt) / 1_000, most)
    limit.creditAt = now

    return limit.credit
  }

  private isLocal (): boolean {
    if (this.least === Infinity) {
      this.least = this.peer.rtt() ?? Infinity
    }

    return this.least <= LOCAL
  }

  private startProbe (now: number): PathProbe | undefined {
    if (this.path === 'unknown' && !this.isProbed && !this.isLocal()) {
      this.probe ??= new PathProbe(this.least, now)
    }

    return this.probe
  }

  handedOver (bytes: number): void {
    this.probe?.handedOver(bytes)

    if (this.limit != null) {
      this.limit.credit -= bytes
    }
  }

  /**
   * A stream has more to send than it was allowed to
   */
  wait (sender: Sender): void {
    this.waiting.add(sender)
    this.watch()
  }

  /**
   * The stack has no more room, and will tell the stream when it has
   */
  block (sender: Sender): void {
    this.blocked.add(sender)
    this.watch()
  }

  unblock (sender: Sender): void {
    this.blocked.delete(sender)
  }

  /**
   * A stream sends no more
   */
  forget (sender: Sender): void {
    this.blocked.delete(sender)
    this.waiting.delete(sender)
  }

  /**
   * How long the stack may need to send what it holds, in ms, as far as that is
   * known
   */
  backlog (): number {
    const rate = this.limit?.capacity ?? this.rate()

    return rate == null ? 0 : this.peer.sendBufferSize / rate * 1_000
  }

  private watch (): void {
    this.cancel ??= this.clock.after(LOOK_INTERVAL, () => {
      this.cancel = undefined
      this.look()

      if (this.blocked.size > 0 || this.waiting.size > 0) {
        this.watch()
      } else {
        this.samples = []
      }
    })
  }

  private look (): void {
    const rtt = this.peer.rtt()
    const now = this.clock.now()

    if (rtt != null) {
      this.least = Math.min(this.least, rtt)
    }

    if (this.blocked.size === 0) {
      this.samples = []
    } else {
      this.sample(now)
    }

    this.lookAtProbe(rtt ?? 0, now)
    const rate = this.rate()

    if (rate != null) {
      this.path = rate >= FAST ? 'fast' : 'slow'

      if (this.path === 'slow' && rtt != null && rtt - this.least > FAR) {
        this.begin(rate, rtt, now, this.peer.sendBufferSize)
      }
    }

    if (this.limit != null && this.limit.credit > -this.shortFrame) {
      this.step(this.limit, rtt ?? 0, now)
    }

    // each has one turn
    for (const sender of [...this.waiting]) {
      if (this.allowance() <= 0) {
        break
      }

      this.waiting.delete(sender)
      sender.goOn()
    }
  }

  private lookAtProbe (rtt: number, now: number): void {
    const verdict = this.probe?.look(rtt, now)

    if (this.probe == null || verdict == null) {
      return
    }

    if (verdict === 'slow') {
      this.path = 'slow'
      this.begin(GUESS, rtt, now, this.probe.backlog)
    }

    this.probe = undefined
    this.isProbed = true
  }

  private sample (now: number): void {
    this.samples.push({ time: now, sent: this.peer.bytesSent() })

    while (now - this.samples[0].time > MAX_SPAN) {
      this.samples.shift()
    }
  }

  /**
   * What the full stack took lately, in bytes a second
   */
  private rate (): number | undefined {
    const first = this.samples[0]
    const last = this.samples.at(-1)

    if (first != null && last != null && last.time - first.time >= MIN_SPAN && last.sent > first.sent) {
      return (last.sent - first.sent) * 1_000 / (last.time - first.time)
    }
  }

  /**
   * The network is full, and the stack holds so many bytes
   */
  private begin (rate: number, rtt: number, now: number, held: number): void {
    this.samples = []
    this.limit = {
      capacity: rate,
      rate,
      firstRate: rate,
      firstRtt: rtt,
      guess: rate === GUESS ? { since: now, isSettled: false } : undefined,
      credit: rate * SHORT_QUEUE / 1_000 - held,
      creditAt: now,
      steppedAt: now
    }
  }

  private improve (limit: Limit, guess: NonNullable<Limit['guess']>, queue: number, now: number): void {
    if (queue < SHORT_QUEUE / 4) {
      limit.capacity *= guess.isSettled ? 2 : 1
      guess.isSettled = true
    } else if (queue > SHORT_QUEUE && guess.isSettled) {
      limit.capacity /= 2
      limit.guess = undefined
    } else if (!guess.isSettled && now - guess.since > MAX_SETTLING) {
      limit.guess = undefined
    }
  }

  private step (limit: Limit, rtt: number, now: number): void {
    if (now - limit.steppedAt < STEP_INTERVAL) {
      return
    }

    const queue = rtt - this.least
    limit.steppedAt = now

    if (limit.guess != null) {
      this.improve(limit, limit.guess, queue, now)
    } else if (queue < SHORT_QUEUE / 4) {
      limit.capacity *= 1.05
    } else if (queue < SHORT_QUEUE) {
      limit.capacity *= 1.02
    } else if (queue > 2 * SHORT_QUEUE) {
      limit.capacity *= 0.95
    }

    if (queue < SHORT_QUEUE) {
      limit.rate = limit.capacity
    } else {
      limit.rate = limit.capacity * (queue < 2 * SHORT_QUEUE ? 0.9 : 0.7)
    }

    if (limit.capacity < limit.firstRate / PATIENCE && rtt >= limit.firstRtt) {
      this.least = rtt
    }

    if (limit.rate >= FAST) {
      this.limit = undefined
      this.path = 'fast'
    }
  }
}
