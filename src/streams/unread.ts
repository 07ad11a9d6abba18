/**
 * How much of what the remote has sent on a connection may wait in its streams.
 *
 * Data channels have no flow control by stream, and 512 streams that may hold
 * 4 MiB each are 2 GiB. So there is one bound for all streams of a connection, and
 * the one that holds most is reset where it is exceeded.
 */
import { UnreadLimitError } from '../errors.ts'
import { costOf } from '../message-cost.ts'

/**
 * How many times the bound may wait where readers do read: one that writes all it
 * reads back was seen to lag 23 MB behind after 256 MiB
 */
const SLOW_READER_ALLOWANCE = 4

/**
 * What waits in a stream, in bytes
 */
export interface Unread {
  /**
   * Nobody takes it: there is no reader, it has taken nothing for a while, or a
   * frame is not complete
   */
  stalled: number

  /**
   * There is a reader who takes some now and then
   */
  lagging: number
}

export interface Holder {
  unread (): Unread
  abort (err: Error): void
}

export class UnreadLimit {
  private readonly max: number
  private readonly holders = new Set<Holder>()

  // how much may arrive before it has to be counted again
  private room: number

  private readonly describe: (bytes: number, waiting: number) => Error

  /**
   * @param max - how many bytes may wait that nobody takes
   * @param describe - why a stream is reset that has left so many bytes of those that wait
   */
  constructor (max: number, describe: (bytes: number, waiting: number) => Error = (bytes, waiting) => new UnreadLimitError(`The streams of the connection left ${waiting} bytes unread, and this one ${bytes} of them: read sooner, or set maxConnectionReadBufferLength above ${max}`)) {
    this.max = max
    this.describe = describe
    this.room = max
  }

  add (holder: Holder): void {
    this.holders.add(holder)
  }

  delete (holder: Holder): void {
    this.holders.delete(holder)
  }

  /**
   * A message has arrived, and is in one of the streams
   */
  received (bytes: number): void {
    this.room -= costOf(bytes)

    while (this.room < 0) {
      this.count()
    }
  }

  /**
   * Finds out what there is room for, or makes some
   */
  private count (): void {
    const all = Array.from(this.holders, holder => ({ holder, ...holder.unread() }))
    const stalled = all.reduce((sum, { stalled }) => sum + stalled, 0)
    const waiting = all.reduce((sum, { lagging }) => sum + lagging, stalled)
    this.room = Math.min(this.max - stalled, this.max * SLOW_READER_ALLOWANCE - waiting)

    if (this.room >= 0) {
      return
    }

    const counts = stalled > this.max
      ? all.map(({ holder, stalled }) => ({ holder, bytes: stalled }))
      : all.map(({ holder, stalled, lagging }) => ({ holder, bytes: stalled + lagging }))
    const { holder, bytes } = counts.reduce((most, other) => other.bytes > most.bytes ? other : most)

    this.holders.delete(holder)
    holder.abort(this.describe(bytes, waiting))
  }
}
