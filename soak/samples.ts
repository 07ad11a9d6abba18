/**
 * What a process held again and again, and whether it becomes more.
 */
export interface Sample {
  /**
   * Since the begin, in ms
   */
  time: number

  /**
   * In bytes; the heap when garbage has been collected
   */
  rss: number
  heap: number
  handles: number
  descriptors: number
  threads: number
  connections: number
  streams: number
}

/**
 * How much a value grows in an hour, by the line that fits the last half best
 */
export function slope (samples: Sample[], name: 'rss' | 'heap'): number {
  const half = samples.slice(Math.floor(samples.length / 2))
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const time = mean(half.map(sample => sample.time))
  const value = mean(half.map(sample => sample[name]))
  const spread = half.reduce((sum, sample) => sum + (sample.time - time) ** 2, 0)

  return spread === 0 ? 0 : half.reduce((sum, sample) => sum + (sample.time - time) * (sample[name] - value), 0) / spread * 3_600_000
}
