/**
 * The first burst on a path that is not known. The stack would take a mebibyte of
 * it at once, which a very slow path needs half a minute for: nothing could be
 * said meanwhile. So a burst stops after `FIRST` bytes, which is more than SCTP
 * sends in three round trips, and the smoothed round trip time tells:
 *
 * | after the burst     | the round trip time           | the path is |
 * |---------------------|-------------------------------|-------------|
 * | three round trips   | is the least that was seen    | open: nothing is held back |
 * |                     | has grown                     | looked at again |
 * | `VERIFY` ms         | has not grown by `GROWTH` ms  | open |
 * |                     | has                           | slow |
 *
 * A packet alone takes a path of 32 kB/s 38 ms.
 */

/**
 * How many bytes a burst may have
 */
const FIRST = 128 * 1024

/**
 * What is not a burst, in bytes a second
 */
const TRICKLE = 32 * 1024

const ROUND_TRIPS = 3
const VERIFY = 600
const GROWTH = 40

export class PathProbe {
  private readonly least: number
  private held = 0
  private heldAt: number

  // when the burst was stopped
  private stoppedAt?: number

  /**
   * @param least - the round trip time without a burst, in ms
   * @param now - in ms
   */
  constructor (least: number, now: number) {
    this.least = least
    this.heldAt = now
  }

  /**
   * How many bytes may be handed over
   */
  allowance (now: number): number {
    this.held = Math.max(0, this.held - (now - this.heldAt) / 1_000 * TRICKLE)
    this.heldAt = now

    if (this.stoppedAt == null && this.held >= FIRST) {
      this.stoppedAt = now
    }

    return this.stoppedAt == null ? FIRST - this.held : 0
  }

  handedOver (bytes: number): void {
    this.held += bytes
  }

  /**
   * What the burst has shown, if that is known
   */
  look (rtt: number, now: number): 'open' | 'slow' | undefined {
    if (this.stoppedAt == null) {
      return
    }

    const age = now - this.stoppedAt

    if (age >= ROUND_TRIPS * this.least && rtt <= this.least) {
      return 'open'
    }

    if (age >= Math.max(VERIFY, ROUND_TRIPS * this.least)) {
      return rtt - this.least >= GROWTH ? 'slow' : 'open'
    }
  }

  /**
   * How many bytes of the burst a slow path may still hold
   */
  get backlog (): number {
    return this.held
  }
}
