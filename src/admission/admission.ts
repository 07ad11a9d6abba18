/**
 * Decides which STUN requests may start setting up a connection. Everybody on
 * the internet can send a STUN request, so this is where a flood ends: what is
 * refused here has cost nothing but the look at it.
 *
 * A set-up goes through these phases. What it takes to get there is what tells an
 * honest dialer from a liar, and each phase has a budget of its own.
 *
 * | phase     | begins when                                | ends                  | gives way to another one |
 * |-----------|--------------------------------------------|-----------------------|--------------------------|
 * | `asked`   | a request was admitted; its source may be a lie | no answer to the check | after `MIN_AGE`, where as many are in that phase as may be, to a request that was seen as often |
 * | `proved`  | the dialer has answered the check: it is where it says | no DTLS | after `MIN_HANDSHAKE_AGE`, where as many are in it or beyond as may be |
 * | `secured` | DTLS and SCTP are up                       | libp2p has the connection, or it failed | the same, after `MIN_NOISE_AGE` |
 * | `displaced` | it gave way                              | what it held is freed | |
 *
 * A request is admitted when its source and the listener have something left to
 * spend (`budgets.ts`); what was spent comes back when libp2p has the connection, so
 * honest dialers do not use it up. A request that finds nothing left is counted
 * (`appearances.ts`), and may find something when it comes again.
 *
 * While the listener `settles`, a request counts only when it is seen the second
 * time, soon after the first. Dialers of a process that listened at the same
 * address before ask now and then whether it is still there, with credentials that
 * are valid: an answer would only let them wait longer.
 *
 * What tells of a phase waits for its turn where the process is busy. Before one
 * gives way it is asked how far it has got (`reached`): honest dialers are not made
 * to pay for that. Where all have got on, there is no room, and requests come again.
 *
 * Pure: no timers, no I/O, the time is passed in.
 */
import { BoundedSet } from '../bounded-set.ts'
import { Appearances } from './appearances.ts'
import { Budgets } from './budgets.ts'
import { KeyedHash } from './keyed-hash.ts'
import { sourceOf } from './source.ts'

/**
 * How far a set-up has got
 */
export type Reached = 'asked' | 'proved' | 'secured'

export interface AdmissionInit {
  /**
   * How many set-ups may wait for an answer to the connectivity check
   */
  readonly maxPending: number

  /**
   * How many set-ups may have had one
   */
  readonly maxHandshakes: number

  /**
   * How many set-ups may be started each second
   */
  readonly rate: number

  /**
   * The same for one source
   */
  readonly sourceRate: number

  /**
   * Until when the listener settles, in ms
   *
   * @default - not at all
   */
  readonly settledAt?: number

  /**
   * How far a set-up has got by now, also where nobody has told of it yet
   *
   * @default - as far as was told
   */
  reached? (key: string): Reached

  /**
   * @default - one with a key that nobody knows
   */
  readonly hash?: KeyedHash
}

/**
 * - `accept`: set the connection up, and call `release` when that has ended
 * - `duplicate`: a retransmission for a connection that is being set up, or the
 *   same dialer from another address
 * - `ended`: the connection of this dialer has been closed already, or could not
 *   be set up although the dialer had answered. rust-libp2p goes on asking then:
 *   setting up another one leads nowhere, and is in the way of the next one that
 *   it dials, from the same port
 * - `later`: there is too much of this. The dialer sends its request again, and
 *   that may be taken.
 * - `full`: too many are being set up
 * - `malformed`: the credentials are of no version of the protocol
 */
export type Verdict = 'accept' | 'duplicate' | 'ended' | 'later' | 'full' | 'malformed'

export interface Decision {
  readonly verdict: Verdict

  /**
   * The set-up that has to give way
   */
  readonly displaced?: string
}

interface SetUp {
  readonly level: number
  readonly since: number
  readonly paidFrom: readonly [all: number, source: number]
  phase: Reached | 'displaced'

  /**
   * When the dialer has answered the check, if it has
   */
  provedAt?: number

  /**
   * When DTLS and SCTP were up, if they are
   */
  securedAt?: number
}

/**
 * How many dialers that have answered are remembered
 */
const MEMORY = 1_024

/**
 * How many sources are told apart at most
 */
const SOURCES = 4_096

/**
 * How long an honest dialer that is far away takes to answer a check, in ms
 */
const MIN_AGE = 300

/**
 * How long DTLS and SCTP take at least over such a path, in ms
 */
const MIN_HANDSHAKE_AGE = 1_000

/**
 * How long Noise and the node take at least after that, in ms
 */
const MIN_NOISE_AGE = 3_000

/**
 * How long after the last one a request may come again, in ms: dialers wait up to
 * 4 s between their checks
 */
const MAX_SPACING = 6_000

/**
 * The same while the listener settles. Dialers that connect come again within
 * 0.5 s; those that are connected look after their connection every 2 to 6 s.
 */
const MAX_SPACING_SETTLING = 1_200

/**
 * How much of the budget of a second can be spent at once
 */
const BURST_SECONDS = 1

/**
 * For a source that is more: several nodes behind one NAT may start together
 */
const SOURCE_BURST_SECONDS = 4

export class Admission {
  private readonly init: AdmissionInit
  private readonly hash: KeyedHash
  private readonly setUps = new Map<string, SetUp>()
  private readonly appearances = new Appearances()
  private readonly budget: Budgets
  private readonly sourceBudgets: Budgets

  // in the order in which setting up their connections ended
  private readonly answered = new BoundedSet<string>(MEMORY)

  /**
   * How many requests got which verdict
   */
  readonly counts: Record<Verdict | 'displaced', number> = { accept: 0, duplicate: 0, ended: 0, later: 0, full: 0, malformed: 0, displaced: 0 }

  constructor (init: AdmissionInit) {
    this.init = init
    this.hash = init.hash ?? new KeyedHash()
    this.budget = new Budgets({ buckets: 1, rate: init.rate, burst: init.rate * BURST_SECONDS })
    this.sourceBudgets = new Budgets({ buckets: SOURCES, rate: init.sourceRate, burst: init.sourceRate * SOURCE_BURST_SECONDS })
  }

  /**
   * How many connections are being set up
   */
  get size (): number {
    return this.setUps.size
  }

  /**
   * @param key - what tells one set-up from another: the ufrag of the server. That
   * of a dialer of version 2 may have four characters only. `undefined` where the
   * credentials are of no version.
   * @param host - the address of the source
   * @param now - in ms
   */
  request (key: string | undefined, host: string, now: number): Decision {
    const decision = this.decide(key, host, now)
    this.counts[decision.verdict]++

    return decision
  }

  private decide (key: string | undefined, host: string, now: number): Decision {
    if (key == null) {
      return { verdict: 'malformed' }
    }

    if (this.setUps.has(key)) {
      return { verdict: 'duplicate' }
    }

    if (this.answered.has(key)) {
      return { verdict: 'ended' }
    }

    const isSettling = now < (this.init.settledAt ?? -Infinity)
    const level = this.appearances.count(this.hash.of(key), now, isSettling ? MAX_SPACING_SETTLING : MAX_SPACING)
    const source = this.sourceBudgets.find(this.hash.of(sourceOf(host))[0], level, now)
    const all = this.budget.find(0, level, now)

    if (source == null || all == null || (isSettling && level === 1)) {
      return { verdict: 'later' }
    }

    const asked = [...this.setUps].filter(([, { phase }]) => phase === 'asked')
    const displaced = asked.length < this.init.maxPending
      ? undefined
      : asked.find(([key, setUp]) => setUp.level <= level && now - setUp.since >= MIN_AGE && this.reached(key) === 'asked')?.[0]

    if ((asked.length >= this.init.maxPending && displaced == null) || !this.hasRoomBeyond(asked.map(([key]) => key), now)) {
      return { verdict: 'full' }
    }

    this.displace(displaced)
    this.sourceBudgets.take(source, now)
    this.budget.take(all, now)
    this.setUps.set(key, { level, since: now, paidFrom: [all, source], phase: 'asked' })

    return { verdict: 'accept', displaced }
  }

  /**
   * Whether one more that answers would have a place, beside those that have
   * answered and are about to tell
   */
  private hasRoomBeyond (asked: string[], now: number): boolean {
    const { maxHandshakes } = this.init
    const beyond = this.setUps.size - asked.length

    return beyond + asked.length < maxHandshakes ||
      this.beyond().length + asked.filter(key => this.reached(key) !== 'asked').length < maxHandshakes ||
      this.slowest(now) != null
  }

  private reached (key: string): Reached | 'displaced' | undefined {
    return this.init.reached?.(key) ?? this.setUps.get(key)?.phase
  }

  private beyond (): Array<[key: string, setUp: SetUp]> {
    return [...this.setUps].filter(([, { phase }]) => phase === 'proved' || phase === 'secured')
  }

  /**
   * Which of those that have answered may give way: the oldest without DTLS, or else
   * the oldest that has not gone on after it
   */
  private slowest (now: number): string | undefined {
    const beyond = this.beyond()
    const oldest = (time: (setUp: SetUp) => number | undefined, minAge: number): string[] => beyond
      .flatMap(([key, setUp]) => ({ key, time: time(setUp) ?? Infinity }))
      .filter(({ time }) => now - time >= minAge)
      .sort((a, b) => a.time - b.time)
      .map(({ key }) => key)

    return oldest(({ phase, provedAt }) => phase === 'proved' ? provedAt : undefined, MIN_HANDSHAKE_AGE).find(key => this.reached(key) !== 'secured') ??
      oldest(({ phase, securedAt }) => phase === 'secured' ? securedAt : undefined, MIN_NOISE_AGE)[0]
  }

  /**
   * The dialer has answered the connectivity check. Returns the set-up that has to
   * give way, which may be this one.
   *
   * @param key - as in `request`
   * @param now - in ms
   */
  proved (key: string, now: number): string | undefined {
    const setUp = this.setUps.get(key)

    if (setUp?.phase !== 'asked') {
      return
    }

    const displaced = this.beyond().length < this.init.maxHandshakes ? undefined : this.slowest(now) ?? key
    setUp.phase = 'proved'
    setUp.provedAt = now
    this.displace(displaced)

    return displaced
  }

  /**
   * DTLS and SCTP are up
   *
   * @param key - as in `request`
   * @param now - in ms
   */
  secured (key: string, now: number): void {
    const setUp = this.setUps.get(key)

    if (setUp?.phase === 'proved') {
      setUp.phase = 'secured'
      setUp.securedAt = now
    }
  }

  /**
   * Setting up the connection has ended, and nothing of it is left
   *
   * @param key - as in `request`
   * @param isConnected - whether libp2p has the connection
   */
  release (key: string, isConnected = false): void {
    const setUp = this.setUps.get(key)
    this.setUps.delete(key)

    if (setUp != null && isConnected) {
      this.budget.giveBack(setUp.paidFrom[0])
      this.sourceBudgets.giveBack(setUp.paidFrom[1])
    }

    if (setUp?.provedAt != null) {
      this.answered.add(key)
    }
  }

  private displace (key?: string): void {
    const setUp = key == null ? undefined : this.setUps.get(key)

    if (setUp != null) {
      this.counts.displaced++
      setUp.phase = 'displaced'
    }
  }
}
