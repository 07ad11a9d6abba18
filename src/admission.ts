/**
 * Decides which STUN requests may start setting up a connection. Everybody on
 * the internet can send a STUN request, so this is where a flood ends: what is
 * refused here has cost nothing but the look at it.
 *
 * Pure: no timers, no I/O.
 */

export interface AdmissionInit {
  /**
   * How many connections may be set up at the same time
   */
  readonly maxPending: number
}

/**
 * - `accept`: set the connection up, and call `release` when that has ended
 * - `duplicate`: a retransmission for a connection that is being set up
 * - `refuse`: too many are being set up. The dialer sends its request again,
 *   and may find room then.
 */
export type Verdict = 'accept' | 'duplicate' | 'refuse'

export class Admission {
  private readonly maxPending: number
  private readonly pending = new Set<string>()

  constructor (init: AdmissionInit) {
    this.maxPending = init.maxPending
  }

  /**
   * How many connections are being set up
   */
  get size (): number {
    return this.pending.size
  }

  /**
   * @param key - what tells one set-up from another: the source and credentials
   */
  request (key: string): Verdict {
    if (this.pending.has(key)) {
      return 'duplicate'
    }

    if (this.pending.size >= this.maxPending) {
      return 'refuse'
    }

    this.pending.add(key)

    return 'accept'
  }

  release (key: string): void {
    this.pending.delete(key)
  }
}
