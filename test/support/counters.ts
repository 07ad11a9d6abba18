/**
 * The metrics of a node, of which only groups of counters are kept
 */
import type { CounterGroup, Metrics } from '@libp2p/interface'

export class Counters {
  private readonly groups = new Map<string, Record<string, number>>()

  /**
   * For the options of a node
   */
  readonly metrics = (): Metrics => {
    const ignored = { update () {}, increment () {}, decrement () {}, reset () {}, timer: () => () => {}, observe () {} }

    return {
      registerCounterGroup: (name: string): CounterGroup => {
        const counts = this.of(name)

        return {
          increment (values) {
            for (const label of Object.keys(values)) {
              counts[label] = (counts[label] ?? 0) + 1
            }
          },
          reset () {}
        }
      },
      registerMetric: () => ignored,
      registerMetricGroup: () => ignored,
      registerCounter: () => ignored,
      registerHistogram: () => ignored,
      registerHistogramGroup: () => ignored,
      registerSummary: () => ignored,
      registerSummaryGroup: () => ignored,
      trackMultiaddrConnection () {},
      trackProtocolStream () {},
      traceFunction: (name: string, fn: unknown) => fn,
      createTrace () {}
    } as unknown as Metrics
  }

  /**
   * What was counted in a group, by its label
   */
  of (name: string): Record<string, number> {
    const counts = this.groups.get(name) ?? {}
    this.groups.set(name, counts)

    return counts
  }
}
