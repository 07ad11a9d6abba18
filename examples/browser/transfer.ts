/**
 * How far is a transfer, and how fast is it?
 */

/**
 * What the rate is measured over, in ms: long enough to be read, short enough to
 * show a change
 */
const WINDOW = 2_000

export interface Progress {
  bytes: number
  size: number

  /**
   * From 0 to 1
   */
  fraction: number

  /**
   * In bytes per second, of the last two seconds; there is none yet at the start
   */
  rate?: number

  /**
   * How long it will still take at that rate, in ms; unknown while nothing moves
   */
  remaining?: number
}

export class Transfer {
  private readonly size: number
  private readonly samples: Array<{ bytes: number, time: number }>

  /**
   * @param size - in bytes
   * @param time - in ms, of a monotonic clock
   */
  constructor (size: number, time: number) {
    this.size = size
    this.samples = [{ bytes: 0, time }]
  }

  /**
   * Takes how many bytes have moved in all
   */
  progress (bytes: number, time: number): Progress {
    const { size, samples } = this
    samples.push({ bytes, time })

    // one that is older stays: the window reaches back to it
    while (samples.length > 2 && samples[1].time <= time - WINDOW) {
      samples.shift()
    }

    const [first] = samples
    const elapsed = time - first.time
    const rate = elapsed > 0 ? 1_000 * (bytes - first.bytes) / elapsed : undefined

    return {
      bytes,
      size,
      fraction: size === 0 ? 1 : Math.min(1, bytes / size),
      rate,
      remaining: rate == null || rate === 0 ? undefined : Math.max(0, 1_000 * (size - bytes) / rate)
    }
  }
}
