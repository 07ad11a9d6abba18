/**
 * Whether the remote is about to run out of SCTP stream ids. Pure.
 *
 * Most stacks use an id again when its channel is closed. go-libp2p and
 * rust-libp2p take every id once, and go on beyond the highest that was agreed
 * on: the stack at this end drops what comes there and tells nobody, so those
 * streams would hang for ever. The connection has to end before, or soon after.
 *
 * A remote counts as one of those when it takes one of the last ids, has used
 * none a second time, and could have: some of its channels are closed. One that
 * has many channels open at once may come to the last ids as well, but shows
 * with the next channel that it can go on. One that has taken the very last id
 * can open no other new one, so there it counts also when the channels are
 * closed later; an end like this one leaves that id alone (`muxer.ts`).
 *
 * | state         | event                                                    | next          |
 * |---------------|----------------------------------------------------------|---------------|
 * | `plenty`      | a known id                                               | `reuses`      |
 * |               | a new id, of the last ones, while enough are closed      | `running-out` |
 * |               | the same, of the last three quarters of the last ones    | `used-up`     |
 * |               | enough are closed, the very last id was taken            | `used-up`     |
 * | `running-out` | a known id                                               | `reuses`      |
 * |               | a new id, of the last three quarters of the last ones    | `used-up`     |
 *
 * Everything else changes nothing; `reuses` and `used-up` are final. While ids
 * run out the remote is served on; when they are used up it is too late: pion
 * does not read the packets that report a stream beyond the end, and with them
 * misses that the connection ends.
 */

/**
 * One of so many channels is kept in reserve: so many ids are the last ones,
 * and so many channels must have been closed
 */
const RESERVE = 16

export class RemoteIds {
  state: 'plenty' | 'running-out' | 'used-up' | 'reuses' = 'plenty'

  private readonly used = new Set<number>([0])
  private readonly lastOnes: number
  private readonly veryLast: number
  private tookVeryLast = false
  private readonly reserve: number
  private closedChannels = 0

  /**
   * @param maxId - the highest id
   */
  constructor (maxId: number) {
    this.reserve = Math.ceil((maxId + 1) / 2 / RESERVE)
    this.lastOnes = maxId - 2 * this.reserve

    // even or odd
    this.veryLast = maxId - 1
  }

  /**
   * The remote opened a channel
   */
  opened (id: number): void {
    if (this.state === 'used-up' || this.state === 'reuses') {
      return
    }

    if (this.used.has(id)) {
      this.state = 'reuses'
      this.used.clear()
      return
    }

    this.used.add(id)
    this.tookVeryLast ||= id >= this.veryLast

    if (id > this.lastOnes && this.closedChannels >= this.reserve) {
      this.state = id > this.lastOnes + this.reserve / 2 ? 'used-up' : 'running-out'
    }
  }

  /**
   * A channel that the remote opened is closed
   */
  closed (): void {
    this.closedChannels++

    if (this.state === 'plenty' && this.tookVeryLast && this.closedChannels >= this.reserve) {
      this.state = 'used-up'
    }
  }
}
