/**
 * How often a request was seen: a dialer sends its request again when it gets no
 * answer, and who makes requests up would have to remember them to do so.
 *
 * The book has a fixed size. An entry gives way to a new one when its place is
 * needed, and its request is counted from 1 again. Pure: the time is passed in.
 */

/**
 * What comes sooner after the last appearance, in ms, is no retransmission.
 * Chromium sends the second request after 50 ms, pion after 200, libjuice after 500.
 */
const MIN_SPACING = 40

/**
 * How many appearances are told apart
 */
export const MAX_APPEARANCES = 5

/**
 * Each request may be in one of so many places, so that few lose theirs
 */
const WAYS = 2

export class Appearances {
  private readonly tags: Uint32Array
  private readonly times: Uint32Array
  private readonly counts: Uint8Array
  private readonly sets: number

  /**
   * @param size - how many requests can be remembered, a power of two. While
   * 20,000 new ones come each second, 65,536 hold one for half a second in 96 of
   * 100 cases.
   */
  constructor (size: number = 65_536) {
    this.tags = new Uint32Array(size)
    this.times = new Uint32Array(size)
    this.counts = new Uint8Array(size)
    this.sets = size / WAYS
  }

  /**
   * Returns the how many-th appearance this is, up to {@link MAX_APPEARANCES}
   *
   * @param hash - 64 bits of a keyed hash of the request
   * @param now - in ms
   * @param maxSpacing - what comes later than that after the last appearance, in
   * ms, is the first one again
   */
  count (hash: readonly [number, number], now: number, maxSpacing: number): number {
    const [tag, position] = hash
    const first = position % this.sets * WAYS
    const time = now >>> 0
    let place = first

    for (let i = first; i < first + WAYS; i++) {
      if (this.counts[i] > 0 && this.tags[i] === tag) {
        place = i
        break
      }

      if (this.age(i, time) > this.age(place, time)) {
        place = i
      }
    }

    const age = this.age(place, time)

    if (this.counts[place] === 0 || this.tags[place] !== tag || age > maxSpacing) {
      this.tags[place] = tag
      this.counts[place] = 1
    } else if (age < MIN_SPACING) {
      return this.counts[place]
    } else {
      this.counts[place] = Math.min(this.counts[place] + 1, MAX_APPEARANCES)
    }

    this.times[place] = time

    return this.counts[place]
  }

  /**
   * How long ago an entry was seen; a place that is free is the oldest
   */
  private age (i: number, time: number): number {
    return this.counts[i] === 0 ? Infinity : (time - this.times[i]) >>> 0
  }
}
