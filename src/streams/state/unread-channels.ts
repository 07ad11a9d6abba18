/**
 * When to close channels to a remote that does not acknowledge the end of streams, once
 * their streams have ended. Pure.
 *
 * Nothing tells when such a remote has read what has arrived there, and the close of a
 * channel may throw away what it has not: webrtc-sctp, which is rust-libp2p's, ends
 * reading without a look at what waits to be read (`read_sctp` of 0.17.2). So channels
 * stay open for longer than a busy remote takes to read, both those that were opened from
 * here and those of the remote. The more of them there are the less time each has, because
 * they take ids: where they end all the time, `MOST` are open.
 */

/**
 * How long one alone stays open, in ms
 */
const PATIENCE = 5_000

/**
 * With so many open none has time, and there are never more than one of so many ids
 */
const MOST = 64
const SHARE = 16

export class UnreadChannels {
  private readonly most: number
  private readonly open = new Set<number>()

  /**
   * @param maxId - the highest id of a channel
   */
  constructor (maxId: number) {
    this.most = Math.min(MOST, Math.max(1, maxId / SHARE))
  }

  /**
   * The stream of a channel has ended. Returns how long to wait until this end closes
   * the channel, in ms.
   */
  closeDelay (id: number): number {
    const delay = PATIENCE * Math.max(0, 1 - this.open.size / this.most)
    this.open.add(id)

    return delay
  }

  /**
   * A channel is closed
   */
  closed (id: number): void {
    this.open.delete(id)
  }
}
