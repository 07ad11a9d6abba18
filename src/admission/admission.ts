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
 * - `duplicate`: a retransmission for a connection that is being set up, or the
 *   same dialer from another address
 * - `ended`: the connection of this dialer has been closed already, or could not
 *   be set up although the dialer had answered. rust-libp2p goes on asking then:
 *   setting up another one leads nowhere, and is in the way of the next one that
 *   it dials, from the same port
 * - `refuse`: too many are being set up. The dialer sends its request again,
 *   and may find room then.
 * - `malformed`: the credentials are of no version of the protocol
 */
export type Verdict = 'accept' | 'duplicate' | 'ended' | 'refuse' | 'malformed'

/**
 * How many dialers that have answered are remembered
 */
const MEMORY = 1_024

export class Admission {
  private readonly maxPending: number
  private readonly pending = new Set<string>()

  // in the order in which setting up their connections ended
  private readonly answered = new Set<string>()

  constructor (init: AdmissionInit) {
    this.maxPending = init.maxPending
  }

  /**
   * How many requests got which verdict
   */
  readonly counts: Record<Verdict, number> = { accept: 0, duplicate: 0, ended: 0, refuse: 0, malformed: 0 }

  /**
   * How many connections are being set up
   */
  get size (): number {
    return this.pending.size
  }

  /**
   * @param key - what tells one set-up from another: the ufrag of the server. That
   * of a dialer of version 2 may have four characters only. `undefined` where the
   * credentials are of no version.
   */
  request (key?: string): Verdict {
    const verdict = this.judge(key)
    this.counts[verdict]++

    return verdict
  }

  private judge (key?: string): Verdict {
    if (key == null) {
      return 'malformed'
    }

    if (this.pending.has(key)) {
      return 'duplicate'
    }

    if (this.answered.has(key)) {
      return 'ended'
    }

    if (this.pending.size >= this.maxPending) {
      return 'refuse'
    }

    this.pending.add(key)

    return 'accept'
  }

  /**
   * Setting up the connection has ended
   *
   * @param key - as in `request`
   * @param hasAnswered - whether the dialer had answered connectivity checks
   */
  release (key: string, hasAnswered = false): void {
    this.pending.delete(key)

    if (hasAnswered) {
      const [oldest] = this.answered.add(key)

      if (this.answered.size > MEMORY) {
        this.answered.delete(oldest)
      }
    }
  }
}
