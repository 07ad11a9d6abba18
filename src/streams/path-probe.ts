/**
 * The first burst on a path that is not known. The stack would take a mebibyte of
 * it at once, which a very slow path needs half a minute for: nothing could be
 * said meanwhile. So a burst stops after `FIRST` bytes, which is more than SCTP
 * sends in three round trips, and the remote is asked something that its stack answers
 * at once. The question waits behind what is under way already. It is asked again
 * as long as the answer is late: one that is not shows that the burst is delivered.
 *
 * | after the burst                                   | the path is |
 * |---------------------------------------------------|-------------|
 * | an answer comes `PROMPT` ms late at most          | open: nothing is held back |
 * | the round trip time grows by `GROWTH` ms          | slow        |
 * | neither, for `VERIFY` ms and three round trips    | open        |
 *
 * Where both ends are busy an answer is late, too; then the smoothed round trip time of SCTP tells. It comes
 * late: the first packet has no others before it, what is measured counts an
 * eighth, and one packet at a time is measured (RFC 9260 section 6.3.1).
 */

/**
 * How many bytes a burst may have
 */
const FIRST = 96 * 1024

/**
 * What is not a burst, in bytes a second
 */
const TRICKLE = 32 * 1024

/**
 * How many bytes SCTP begins with
 */
const UNDER_WAY = 12 * 1024

/**
 * In ms. A path of 1 Mbit/s needs 100 ms for what is under way, which is twice as much
 * each round trip. An acknowledgement that is 200 ms late, as it may
 * be (RFC 9260 section 6.2), adds 25 ms to what is smoothed.
 */
const PROMPT = 75
const GROWTH = 40
const ROUND_TRIPS = 3

/**
 * A path of 256 kbit/s needs so long for the burst, in ms
 */
const VERIFY = 3_000

/**
 * How long to wait before the same is asked again, in ms: each question is a stream
 */
const ASK_INTERVAL = 250

export class PathProbe {
  private least: number
  private readonly ask: () => void
  private held = 0
  private heldAt: number
  private growth = 0

  // when the burst was stopped, and the first answer came
  private stoppedAt?: number
  private answeredAt?: number

  private askedAt = 0
  private question: 'waits' | 'answered late' | 'answered promptly' = 'waits'

  /**
   * @param least - the round trip time without a burst, in ms
   * @param now - in ms
   * @param ask - asks the remote; `answered` is to be called when it has answered
   */
  constructor (least: number, now: number, ask: () => void) {
    this.least = least
    this.heldAt = now
    this.ask = ask
  }

  /**
   * How many bytes may be handed over
   */
  allowance (now: number): number {
    this.held = Math.max(0, this.held - (now - this.heldAt) / 1_000 * TRICKLE)
    this.heldAt = now

    if (this.stoppedAt == null && this.held >= FIRST) {
      this.stoppedAt = now
      this.askAgain(now)
    }

    return this.stoppedAt == null ? FIRST - this.held : 0
  }

  handedOver (bytes: number): void {
    this.held += bytes
  }

  answered (now: number): void {
    this.answeredAt ??= now
    this.question = now - this.askedAt - this.least <= PROMPT ? 'answered promptly' : 'answered late'
  }

  private askAgain (now: number): void {
    this.askedAt = now
    this.question = 'waits'
    this.ask()
  }

  /**
   * What the burst has shown, if that is known
   *
   * @param rtt - the smoothed round trip time, in ms
   * @param now - in ms
   */
  look (rtt: number, now: number): 'open' | 'slow' | undefined {
    this.least = Math.min(this.least, rtt)
    this.growth = Math.max(this.growth, rtt - this.least)

    if (this.stoppedAt == null) {
      return
    }

    if (this.question === 'answered promptly') {
      return 'open'
    }

    if (this.growth >= GROWTH) {
      return 'slow'
    }

    if (now - this.stoppedAt >= Math.max(VERIFY, ROUND_TRIPS * this.least)) {
      return 'open'
    }

    if (this.question === 'answered late' && now - this.askedAt >= ASK_INTERVAL) {
      this.askAgain(now)
    }
  }

  /**
   * What a slow path may carry, in bytes a second, as far as the answer has shown it
   */
  get rate (): number | undefined {
    return this.answeredAt == null || this.stoppedAt == null
      ? undefined
      : UNDER_WAY * 1_000 / Math.max(PROMPT, this.answeredAt - this.stoppedAt - this.least)
  }

  /**
   * How many bytes of the burst a slow path may still hold
   */
  get backlog (): number {
    return this.held
  }
}
