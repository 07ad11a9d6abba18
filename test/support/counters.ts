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
            for (const [label, value] of Object.entries(values)) {
              const added = typeof value === 'number' ? value : 1

              if (added > 0) {
                counts[label] = (counts[label] ?? 0) + added
              }
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
   * What was counted in a group, by its label, but for what is 0
   */
  of (name: string): Record<string, number> {
    const counts = this.groups.get(name) ?? {}
    this.groups.set(name, counts)

    return counts
  }
}
