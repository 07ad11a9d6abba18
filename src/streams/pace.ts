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
 * short: it fits into one chunk. And while others have something to send a stream hands
 * over no more than its share (`rotation.ts`).
 *
 * A browser has no such buffer. What was sent is in the network, and a channel that
 * has more to send has it in a queue of its own, beside the others.
 *
 * Where the queue of the network has no bound, SCTP fills it for as long as
 * nothing is lost, and a round trip comes to take many seconds. It shows in the
 * round trip time. Where a slow path has one that is far beyond the least that was
 * seen, the streams hand over no more than the path carries: nothing at first,
 * until the stack has sent most of what it holds, then as much as leaves the
 * queue short.
 */
import { PathProbe } from './path-probe.ts'
import { RateLimit } from './rate-limit.ts'
import { Rotation } from './rotation.ts'
import { Stall } from './stall.ts'
import type { RateLimitInit } from './rate-limit.ts'
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
 * What a path is taken to carry at least that a burst has shown to be slow, in bytes
 * a second
 */
const GUESS = 32 * 1024

interface Sample {
  readonly time: number
  readonly sent: number

  /**
   * How much longer what is sent now takes than what was sent at the beginning
   */
  readonly delay: number
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
  peer: Pick<Peer, 'bytesReceived' | 'bytesSent' | 'holdsUnacknowledged' | 'rtt' | 'sendBufferSize'>

  /**
   * The stack sends nothing any more, for so long, in ms
   */
  onStalled? (silence: number): void

  /**
   * Asks the remote something that its stack answers at once
   */
  ask? (onAnswer: () => void): void
}

export class Pace {
  private readonly clock: Clock
  private readonly peer: PaceInit['peer']
  private path: 'unknown' | 'fast' | 'slow' = 'unknown'
  private least = Infinity
  private samples: Sample[] = []
  private probe?: PathProbe
  private isProbed = false
  private readonly ask?: PaceInit['ask']
  private readonly stall: Stall
  private limit?: RateLimit
  private cancel?: () => void

  // streams that the stack has no room for, and streams whose turn comes with time
  private readonly blocked = new Set<Sender>()
  private readonly waiting = new Set<Sender>()

  // streams that have handed over their share
  private readonly rotation = new Rotation()

  constructor (init: PaceInit) {
    this.clock = init.clock
    this.stall = new Stall(LOOK_INTERVAL, init.onStalled)
    this.ask = init.ask
    this.peer = init.peer
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

    return limit.allowance(now, this.waiting.size > 0)
  }

  private isLocal (): boolean {
    if (this.least === Infinity) {
      this.least = this.peer.rtt() ?? Infinity
    }

    // nothing can be learned where the stack does not tell
    return this.least === Infinity || this.least <= LOCAL
  }

  private startProbe (now: number): PathProbe | undefined {
    // without a large buffer there is no large burst
    const isBuffered = this.peer.holdsUnacknowledged

    if (this.path === 'unknown' && !this.isProbed && isBuffered && !this.isLocal()) {
      this.probe ??= new PathProbe(this.least, now, () => {
        this.ask?.(() => { this.probe?.answered(this.clock.now()) })
      })
    }

    return this.probe
  }

  handedOver (bytes: number): void {
    this.probe?.handedOver(bytes)

    this.limit?.handedOver(bytes)
  }

  /**
   * A stream has more to send than it was allowed to
   */
  wait (sender: Sender): void {
    this.waiting.add(sender)
    this.watch()
  }

  /**
   * Whether a stream other than the one that is sending has more to send
   */
  get othersWait (): boolean {
    return this.blocked.size + this.waiting.size + this.rotation.size > 0
  }

  /**
   * A stream has more to send than its share, and lets the others go first
   */
  letOthers (sender: Sender): void {
    this.rotation.join(sender)
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
    this.rotation.leave(sender)
  }

  /**
   * The connection has ended
   */
  stop (): void {
    this.cancel?.()
    this.cancel = undefined
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
      const sent = this.sample(now, rtt)

      // browsers tell of what was sent in steps; `heartbeats.ts` is for those
      if (this.peer.holdsUnacknowledged) {
        this.stall.look(sent)
      }
    }

    this.lookAtProbe(rtt ?? 0, now)
    const rate = this.rate()

    if (rate != null) {
      this.path = rate >= FAST ? 'fast' : 'slow'

      if (this.path === 'slow' && rtt != null && rtt - this.least > FAR) {
        this.begin({ rate, isGuess: false, now, held: this.held(rate, rtt) })
      }
    }

    if (this.limit != null) {
      // before it is asked as if nobody had waited
      this.limit.allowance(now, this.waiting.size > 0)
      this.follow(this.limit, rtt ?? 0, now)
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
      this.begin({ rate: Math.max(GUESS, this.probe.rate ?? 0), isGuess: true, now, held: this.probe.backlog })
    }

    this.probe = undefined
    this.isProbed = true
  }

  /**
   * How many bytes have to be delivered before what is handed over now
   */
  private held (rate: number, rtt: number): number {
    const { sendBufferSize, holdsUnacknowledged } = this.peer

    return holdsUnacknowledged ? sendBufferSize : Math.max(sendBufferSize, rate * rtt / 1_000)
  }

  /**
   * Returns how much was sent until now
   */
  private sample (now: number, rtt: number = 0): number {
    // what a stack has no room for is what was not acknowledged; without such a
    // buffer it sends into the queue of the network, which makes it longer
    const delay = this.peer.holdsUnacknowledged ? 0 : rtt

    const sent = this.peer.bytesSent()
    this.samples.push({ time: now, sent, delay })

    while (now - this.samples[0].time > MAX_SPAN) {
      this.samples.shift()
    }

    return sent
  }

  /**
   * What was delivered lately, in bytes a second
   */
  private rate (): number | undefined {
    const first = this.samples[0]
    const last = this.samples.at(-1)

    if (first != null && last != null && last.time - first.time >= MIN_SPAN && last.sent > first.sent) {
      return (last.sent - first.sent) * 1_000 / (last.time - first.time + Math.max(0, last.delay - first.delay))
    }
  }

  /**
   * The network is full
   */
  private begin (init: Omit<RateLimitInit, 'received'>): void {
    this.samples = []
    this.limit = new RateLimit({ ...init, received: this.peer.bytesReceived() })
  }

  private follow (limit: RateLimit, rtt: number, now: number): void {
    if (limit.step({ rtt, least: this.least, received: this.peer.bytesReceived() }, now)) {
      this.least = rtt
    }

    if (limit.capacity >= FAST) {
      this.limit = undefined
      this.path = 'fast'
    }
  }
}
