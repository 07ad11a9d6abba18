/**
 * When to close channels that the remote has opened, once their streams have
 * ended. Pure: the clock is passed in.
 *
 * That is for the end that opened a channel to do: where the other one does it
 * first, some stacks lose the next stream with the same id. So the remote is
 * given time. py-libp2p doesn't need it: it leaves its channels open for ever, and opens
 * no more when 256 are open. What shows it is that many were left open for longer than it
 * takes to close one, and that none was ever closed. For rust-libp2p, which leaves them
 * open as well, see `unread-channels.ts`.
 */

/**
 * How long the remote has to close a channel, in ms and beyond four round trips
 */
const PATIENCE = 10_000

/**
 * So many channels that were left open for so long, in ms and beyond four round
 * trips, tell that the remote does not close channels
 */
const MANY = 32
const LONG = 500

export class LeftOpen {
  // by id, and since when; the oldest come first, as a Map keeps the order of insertion
  private readonly since = new Map<number, number>()
  private remoteCloses = false

  /**
   * The stream of a channel has ended. Returns how long to wait until this end
   * closes the channel, in ms; the round trip time is in ms too.
   */
  closeDelay (id: number, now: number, rtt: number): number {
    if (!this.remoteCloses && this.areMany(now - LONG - 4 * rtt)) {
      return 0
    }

    this.since.delete(id)
    this.since.set(id, now)

    return PATIENCE + 4 * rtt
  }

  closed (id: number, by: 'remote' | 'here' | 'connection-lost'): void {
    this.since.delete(id)
    this.remoteCloses ||= by === 'remote'
  }

  private areMany (before: number): boolean {
    let count = 0

    for (const since of this.since.values()) {
      if (since > before) {
        return false
      }

      if (++count === MANY) {
        return true
      }
    }

    return false
  }
}
