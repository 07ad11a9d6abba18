/**
 * The connections that a listener is setting up: asks whether there may be one
 * more, ends those that have to give way, and says what was refused.
 */
import { AbortError, TimeoutError } from '@libp2p/interface'
import { Admission } from './admission/admission.ts'
import type { Reached, Verdict } from './admission/admission.ts'
import type { Clock } from './clock.ts'
import type { Refusal } from './gater.ts'
import type { Options } from './options.ts'
import type { Peer, StunRequest } from './ports.ts'
import type { CounterGroup, Logger } from '@libp2p/interface'

/**
 * How much of `setupTimeout` a dialer that has answered the connectivity check may
 * take to finish DTLS, which is half of the round trips. Dialers of a process that
 * listened at this address before answer, and then never start it.
 */
const DTLS_SHARE = 0.5

/**
 * How often the log tells what was refused, at most, in ms
 */
const LOG_INTERVAL = 10_000

export interface SetUp {
  /**
   * Aborts when the set-up has to give way
   */
  readonly signal: AbortSignal

  /**
   * The node takes no connection from there
   */
  onRefused (reason: Refusal): void

  /**
   * The stack has begun to set it up
   */
  onStarted (peer: Pick<Peer, 'phase'>): void

  /**
   * The dialer has answered the connectivity check
   */
  onAnswered (): void

  /**
   * DTLS and SCTP are up
   */
  onConnected (): void
}

export interface SetUpsInit {
  options: Options
  clock: Clock
  log: Logger

  /**
   * Whether the port may have been that of another process, whose dialers go on
   * to ask
   */
  isKnownPort: boolean

  /**
   * Counts what became of requests
   */
  metrics?: CounterGroup<Reason>
}

/**
 * What became of a request; `displaced`: it was admitted, and had to give way later;
 * the node refuses others that were admitted
 */
export type Reason = Verdict | 'displaced' | Refusal

interface Running {
  readonly controller: AbortController
  peer?: Pick<Peer, 'phase'>
}

const REACHED: Record<ReturnType<Peer['phase']>, Reached> = { ice: 'asked', dtls: 'proved', sctp: 'secured' }

export class SetUps {
  private readonly clock: Clock
  private readonly log: Logger
  private readonly setupTimeout: number
  private readonly admission: Admission
  private readonly metrics?: CounterGroup<Reason>
  private readonly running = new Map<string, Running>()
  private readonly refused: Record<Refusal, number> = { denied: 0, limit: 0 }
  private lastLog = -Infinity
  private refusedAtLastLog = 0

  constructor ({ options, clock, log, isKnownPort, metrics }: SetUpsInit) {
    this.clock = clock
    this.log = log
    this.metrics = metrics
    this.setupTimeout = options.setupTimeout
    this.admission = new Admission({
      maxPending: options.maxPendingConnections,
      maxHandshakes: options.maxPendingHandshakes,
      rate: options.setupRate,
      sourceRate: options.setupRatePerSource,
      settledAt: isKnownPort ? clock.now() + options.settlingTime : undefined,
      reached: (key) => REACHED[this.running.get(key)?.peer?.phase() ?? 'ice']
    })
  }

  /**
   * How many requests got which verdict
   */
  get counts (): Readonly<Record<Reason, number>> {
    return { ...this.admission.counts, ...this.refused }
  }

  /**
   * A stranger sent a STUN request
   *
   * @param key - what tells one set-up from another, if the credentials are of a
   * version of the protocol
   * @param request - where it came from
   * @param run - sets the connection up
   */
  onRequest (key: string | undefined, request: StunRequest, run: (setUp: SetUp) => Promise<void>): void {
    const { host, port } = request
    const { verdict, displaced } = this.admission.request(key, host, this.clock.now())

    this.metrics?.increment({ [verdict]: true })
    this.displace(displaced)

    if (key == null || verdict !== 'accept') {
      this.log.trace('not setting up a connection for %s:%d - %s', host, port, verdict)
      this.tell()
      return
    }

    const running: Running = { controller: new AbortController() }
    this.running.set(key, running)

    void this.run(key, running, run)
  }

  private async run (key: string, running: Running, run: (setUp: SetUp) => Promise<void>): Promise<void> {
    const { controller } = running
    let cancel = (): void => {}
    let isConnected = false

    try {
      await run({
        signal: controller.signal,
        onRefused: (reason) => { this.refuse(reason) },
        onStarted: (peer) => { running.peer = peer },
        onAnswered: () => {
          this.displace(this.admission.proved(key, this.clock.now()))
          cancel = this.clock.after(Math.ceil(this.setupTimeout * DTLS_SHARE), () => {
            if (running.peer?.phase() !== 'sctp') {
              controller.abort(new TimeoutError('The dialer did not finish DTLS in time'))
            }
          })
        },
        onConnected: () => { this.admission.secured(key, this.clock.now()) }
      })
      isConnected = true
    } catch {
      // the session has logged it and cleaned up
    } finally {
      cancel()
      this.running.delete(key)
      this.admission.release(key, isConnected)
    }
  }

  private refuse (reason: Refusal): void {
    this.refused[reason]++
    this.metrics?.increment({ [reason]: true })
    this.tell()
  }

  private displace (key?: string): void {
    if (key != null) {
      this.metrics?.increment({ displaced: true })
      this.running.get(key)?.controller.abort(new AbortError('The set-up had to give way to another one'))
    }
  }

  private tell (): void {
    const now = this.clock.now()
    const { counts } = this
    const refused = counts.later + counts.full + counts.denied + counts.limit

    if (now - this.lastLog < LOG_INTERVAL || refused === this.refusedAtLastLog) {
      return
    }

    this.lastLog = now
    this.refusedAtLastLog = refused
    this.log('requests so far: %o', counts)
  }
}
