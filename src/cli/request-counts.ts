/**
 * How many STUN requests a listener has refused, by what its metrics say
 */
import type { CounterGroup, Metrics } from '@libp2p/interface'

const REQUESTS = 'libp2p_webrtc_direct_listener_requests_total'

/**
 * Verdicts that set up a connection, or belong to one that was set up
 */
const NOT_REFUSED = ['accept', 'duplicate', 'ended']

export class RequestCounts {
  private readonly counts: Record<string, number> = {}

  /**
   * Those that were refused, by reason
   */
  refused (): Record<string, number> {
    return Object.fromEntries(Object.entries(this.counts).filter(([verdict, count]) => count > 0 && !NOT_REFUSED.includes(verdict)))
  }

  /**
   * Metrics that remember nothing else
   */
  metrics (): Metrics {
    const nothing = { increment () {}, decrement () {}, update () {}, reset () {}, observe () {}, timer: () => () => {} }
    const requests: CounterGroup = {
      increment: (counts) => {
        for (const [verdict, count] of Object.entries(counts)) {
          this.counts[verdict] = (this.counts[verdict] ?? 0) + Number(count)
        }
      },
      reset () {}
    }

    const metrics: Record<keyof Metrics, (...args: any[]) => unknown> = {
      trackMultiaddrConnection () {},
      trackProtocolStream () {},
      registerMetric: () => nothing,
      registerMetricGroup: () => nothing,
      registerCounter: () => nothing,
      registerCounterGroup: (name) => name === REQUESTS ? requests : nothing,
      registerHistogram: () => nothing,
      registerHistogramGroup: () => nothing,
      registerSummary: () => nothing,
      registerSummaryGroup: () => nothing,
      traceFunction: (_, fn) => fn,
      createTrace () {}
    }

    return metrics as unknown as Metrics
  }
}
