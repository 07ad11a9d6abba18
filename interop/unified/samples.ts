/**
 * What the perf suite wants to know of a series of measurements.
 */

export interface SampleStatistics {
  min: number
  q1: number
  median: number
  q3: number
  max: number
  outliers: number[]

  /**
   * All of them, in ascending order
   */
  samples: number[]
}

/**
 * Outliers are further from the quartiles than 1.5 times the range between them;
 * the minimum and maximum are those of the others, as in a box plot
 *
 * @param values - at least one
 */
export function sampleStatistics (values: number[]): SampleStatistics {
  const samples = values.toSorted((a, b) => a - b)
  const q1 = percentile(samples, 0.25)
  const q3 = percentile(samples, 0.75)
  const range = q3 - q1
  const isOutlier = (value: number): boolean => value < q1 - 1.5 * range || value > q3 + 1.5 * range
  const others = samples.filter(value => !isOutlier(value))

  return {
    min: others[0],
    q1,
    median: percentile(samples, 0.5),
    q3,
    max: others[others.length - 1],
    outliers: samples.filter(isOutlier),
    samples
  }
}

/**
 * Between two samples linear
 */
function percentile (samples: number[], fraction: number): number {
  const index = fraction * (samples.length - 1)
  const lower = samples[Math.floor(index)]
  const upper = samples[Math.ceil(index)]

  return lower + (upper - lower) * (index - Math.floor(index))
}

/**
 * One section of the results, in YAML
 */
export function formatSamples (name: string, values: number[], unit: string): string {
  const { min, q1, median, q3, max, outliers, samples } = sampleStatistics(values)
  const number = (value: number): string => value.toFixed(3)
  const list = (values: number[]): string => `[${values.map(number).join(', ')}]`

  return [
    `${name}:`,
    `  iterations: ${samples.length}`,
    `  min: ${number(min)}`,
    `  q1: ${number(q1)}`,
    `  median: ${number(median)}`,
    `  q3: ${number(q3)}`,
    `  max: ${number(max)}`,
    `  outliers: ${list(outliers)}`,
    `  samples: ${list(samples)}`,
    `  unit: ${unit}`,
    ''
  ].join('\n')
}
