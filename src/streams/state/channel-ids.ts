/**
 * Which SCTP stream ids the channels that are opened from here get. Pure: the
 * clock is passed in.
 *
 * An id may be used again once both ends have reset it (RFC 8831 section 6.7).
 * No API tells when that is so, and opening a channel on an id that one end has
 * not finished with loses the stream. What is known:
 *
 * - An id that was never used on this connection is free.
 * - When the remote closes a channel that was opened from here, the id is free
 *   at this end; the remote needs a moment until our half of the reset has
 *   arrived. litep2p, go-libp2p and others do it this way.
 * - When this end closes the channel first, only the stack knows when the
 *   remote's half of the reset is back. Its own choice, the lowest free id, is
 *   right then. It is wrong where the remote has just closed a channel: the
 *   stack takes that id at once.
 *
 * So ids are taken in this order: never used, of the first half; closed by the
 * remote at least `QUARANTINE` ms ago; chosen by the stack, while no id is in
 * quarantine and some are free; never used, of the second half. The halves are
 * for the remote: one that could use ids again and came near the last one
 * without is taken for a remote that never does (`remote-ids.ts`).
 *
 * An end that opened a channel closes it when its stream has ended, at once while
 * a quarter of the ids was not used up: a reset that is under way in an outage is
 * repeated beside the data, and SCTP gives up earlier. From then on it gives a
 * remote that closes channels by itself the time to do so, because then the id is
 * known to be free. Whether the remote is one of those is learned from the first
 * of these channels; no more of them wait than it takes to learn, because a remote
 * may count them: py-libp2p closes the 257th.
 *
 * A browser lets nobody choose. It takes the lowest id that is free, and to
 * Chromium one is free when both resets are acknowledged (`DcSctpTransport`). So
 * there the stack chooses every id, and no id rests. Ids are used again at once, so
 * the habit of the remote is learned at once: where both ends close a channel,
 * litep2p resets the next one that has its id, 2 of 100 one after another.
 */

/**
 * How long after the remote has closed a channel its id is left alone, in ms.
 * usrsctp sends its half of the reset up to 200 ms late.
 */
const QUARANTINE = 1_000

/**
 * How long the remote gets to close a channel while its habits are not known,
 * in ms
 */
const LEARNING_DELAY = 1_000

/**
 * How long a remote that closes channels gets to do it, in ms
 */
const REMOTE_CLOSES_DELAY = 5_000

/**
 * After so many channels in a row that the remote did not close, it is one that
 * leaves it to us
 */
const LESSONS = 8

/**
 * - `learning`: not known yet
 * - `opener-closes`: the remote leaves the closing to the end that opened the
 *   channel, as this implementation does
 * - `remote-closes`: the remote closes channels that were opened from here
 */
type Habit = 'learning' | 'opener-closes' | 'remote-closes'

export interface ChannelIdsInit {
  /**
   * Ids are even or odd, by DTLS role (RFC 8832 section 6). Id 0 is taken by
   * the handshake channel.
   */
  readonly even: boolean

  /**
   * The highest id
   */
  readonly maxId: number

  /**
   * Whether the stack chooses every id, and knows when one is free
   */
  readonly chosenByStack?: boolean
}

export class ChannelIds {
  /**
   * How many channels can be open from here at the same time
   */
  readonly capacity: number

  private habit: Habit = 'learning'
  private lessons = 0

  // left open for the remote to close
  private readonly watched = new Set<number>()
  private fresh: number
  private readonly maxId: number
  private readonly chosenByStack: boolean
  private readonly inUse = new Set<number>()

  // ids that the remote has closed and when, oldest first: a Map keeps the
  // order of insertion
  private readonly quarantine = new Map<number, number>()

  constructor (init: ChannelIdsInit) {
    this.fresh = init.even ? 2 : 1
    this.maxId = init.maxId
    this.chosenByStack = init.chosenByStack ?? false
    this.capacity = Math.max(0, Math.floor((init.maxId - this.fresh) / 2) + 1)
  }

  get size (): number {
    return this.inUse.size
  }

  /**
   * The id for the next channel, `any` to let the stack choose, or `undefined`
   * if there is none at the moment
   */
  next (now: number): number | 'any' | undefined {
    if (this.chosenByStack) {
      return this.inUse.size < this.capacity ? 'any' : undefined
    }

    if (this.fresh <= this.maxId / 2) {
      return this.fresh
    }

    const [oldest] = this.quarantine

    if (oldest != null && oldest[1] + QUARANTINE <= now) {
      return oldest[0]
    }

    if (oldest == null && this.inUse.size < this.used) {
      return 'any'
    }

    if (this.fresh <= this.maxId) {
      return this.fresh
    }
  }

  /**
   * How many ids were used at least once
   */
  private get used (): number {
    return Math.floor(this.fresh / 2) - (this.fresh % 2 === 0 ? 1 : 0)
  }

  /**
   * A channel was opened
   */
  opened (id: number): void {
    if (id === this.fresh) {
      this.fresh += 2
    }

    this.quarantine.delete(id)
    this.inUse.add(id)
  }

  /**
   * The remote closed a channel that was opened from here
   */
  closedByRemote (id: number, now: number): void {
    this.inUse.delete(id)
    this.watched.delete(id)

    this.habit = 'remote-closes'

    if (!this.chosenByStack) {
      this.quarantine.set(id, now)
    }
  }

  /**
   * This end closed the channel, after it had given the remote
   * {@link closeDelay} ms to do it
   */
  closedHere (id: number): void {
    this.inUse.delete(id)

    if (!this.watched.delete(id)) {
      return
    }

    if (this.habit === 'remote-closes') {
      this.habit = 'learning'
      this.lessons = 0
    } else if (++this.lessons === LESSONS) {
      this.habit = 'opener-closes'
    }
  }

  /**
   * How long to wait until this end closes a channel that it opened, in ms
   */
  closeDelay (id: number, isReset: boolean = false): number {
    // @libp2p/webrtc may drop a reset that the close of the channel follows at once
    const atOnce = isReset ? LEARNING_DELAY : 0

    if (!this.isLearningDue()) {
      return atOnce
    }

    switch (this.habit) {
      case 'learning':
        if (this.watched.size === LESSONS) {
          return atOnce
        }

        this.watched.add(id)

        return LEARNING_DELAY
      case 'remote-closes':
        this.watched.add(id)

        return REMOTE_CLOSES_DELAY
      default:
        return 0
    }
  }

  /**
   * Whether ids are to be used again before long
   */
  private isLearningDue (): boolean {
    return this.chosenByStack || this.fresh > this.maxId / 4
  }
}
