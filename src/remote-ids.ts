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
 * with the next channel that it can go on.
 *
 * | state         | event                                          | next          |
 * |---------------|------------------------------------------------|---------------|
 * | `plenty`      | a known id                                     | `reuses`      |
 * |               | a new id, of the last ones, while enough are closed | `running-out` |
 * | `running-out` | a known id                                     | `reuses`      |
 *
 * Everything else changes nothing; `reuses` is final.
 */

/**
 * One of so many channels is kept in reserve: so many ids are the last ones,
 * and so many channels must have been closed
 */
const RESERVE = 16

export class RemoteIds {
  state: 'plenty' | 'running-out' | 'reuses' = 'plenty'

  private readonly used = new Set<number>([0])
  private readonly lastOnes: number
  private readonly reserve: number
  private closedChannels = 0

  /**
   * @param maxId - the highest id
   */
  constructor (maxId: number) {
    this.reserve = Math.ceil((maxId + 1) / 2 / RESERVE)
    this.lastOnes = maxId - 2 * this.reserve
  }

  /**
   * The remote opened a channel
   */
  opened (id: number): void {
    if (this.used.has(id)) {
      this.state = 'reuses'
      this.used.clear()
    } else if (this.state !== 'reuses') {
      this.used.add(id)

      if (id > this.lastOnes && this.closedChannels >= this.reserve) {
        this.state = 'running-out'
      }
    }
  }

  /**
   * A channel that the remote opened is closed
   */
  closed (): void {
    this.closedChannels++
  }
}
