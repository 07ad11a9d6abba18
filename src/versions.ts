/**
 * With which version of the protocol to dial whom, and in which order.
 *
 * A listener that does not know a version does not answer. So where the version to
 * begin with has brought no answer for `VERSION_DELAY`, the other one is tried
 * beside it. It is version 1 to begin with, because every listener in the field
 * knows that one; a browser that refuses it says so at once. That should change
 * when browsers that refuse are the rule, or listeners appear that know version 2
 * only: whoever has a version 1 then pays the delay.
 */
import { BoundedSet } from './bounded-set.ts'
import type { DialerVersion, Version } from './wire/credentials.ts'

/**
 * How long the other version waits for an answer to the first, in ms. Connectivity
 * checks are sent after 0 and 0.5 s: one may be lost.
 */
const VERSION_DELAY = 1_000

/**
 * How many peers are remembered that were reached with version 2 only
 */
const MEMORY = 1_024

export class Versions {
  private readonly dialerVersion: DialerVersion
  private readonly needVersion2 = new BoundedSet<string>(MEMORY)
  private refusesVersion1 = false

  constructor (dialerVersion: DialerVersion) {
    this.dialerVersion = dialerVersion
  }

  /**
   * What to try, in this order
   *
   * @param peer - what tells one listener from another
   */
  toTry (peer: string): Version[] {
    if (this.dialerVersion !== 'auto') {
      return [this.dialerVersion]
    }

    if (this.refusesVersion1) {
      return [2]
    }

    return this.needVersion2.has(peer) ? [2, 1] : [1, 2]
  }

  /**
   * How long the first version may be without an answer until the second one is
   * tried, in ms
   *
   * @param iceTimeout - how long both may be
   */
  delay (iceTimeout: number): number {
    return Math.min(VERSION_DELAY, iceTimeout / 2)
  }

  /**
   * The stack does not let version 1 through, whoever is dialed
   */
  onRefused (): void {
    this.refusesVersion1 = true
  }

  /**
   * The listener was reached with a version that the stack had not to change
   */
  onConnected (peer: string, version: Version): void {
    this.needVersion2.delete(peer)

    if (version === 2 && this.dialerVersion === 'auto' && !this.refusesVersion1) {
      this.needVersion2.add(peer)
    }
  }
}
