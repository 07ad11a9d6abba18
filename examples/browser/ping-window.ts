/**
 * The pings of the last half minute, which are what the chart shows.
 */
import { pingStatistics } from '../../src/cli/ping-statistics.ts'
import type { PingStatistics } from '../../src/cli/ping-statistics.ts'

/**
 * In ms
 */
export const WINDOW = 30_000

export interface Ping {
  /**
   * When it was sent, in ms of a monotonic clock
   */
  time: number

  /**
   * The round trip time in ms; there is none of a ping without an answer
   */
  rtt?: number
}

export class PingWindow {
  private pings: Ping[] = []

  add (ping: Ping): void {
    this.pings = [...this.since(ping.time - WINDOW), ping]
  }

  clear (): void {
    this.pings = []
  }

  /**
   * In the order in which they were sent
   */
  all (): readonly Ping[] {
    return this.pings
  }

  last (): Ping | undefined {
    return this.pings.at(-1)
  }

  statistics (): PingStatistics {
    const { pings } = this
    const elapsed = pings.length === 0 ? 0 : pings[pings.length - 1].time - pings[0].time

    return pingStatistics(pings.flatMap(({ rtt }) => rtt ?? []), pings.length, elapsed)
  }

  private since (time: number): Ping[] {
    return this.pings.filter(ping => ping.time > time)
  }
}
