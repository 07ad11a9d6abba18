/**
 * How late the event loop of a process is.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/**
 * How often it is looked at, in ms, which is part of what the histogram holds
 */
const RESOLUTION = 5

export class EventLoopDelay {
  private readonly histogram = monitorEventLoopDelay({ resolution: RESOLUTION })

  /**
   * Looks from now on
   */
  start (): void {
    this.histogram.enable()
    this.histogram.reset()
  }

  stop (): void {
    this.histogram.disable()
  }

  /**
   * In ms
   */
  get p99 (): number {
    return toMs(this.histogram.percentile(99))
  }

  /**
   * In ms
   */
  get longest (): number {
    return toMs(this.histogram.max)
  }
}

function toMs (nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION)
}
