/**
 * What many values say together.
 */
export function median (values: number[]): number {
  return percentile(values, 0.5)
}

/**
 * The value that a share of them, from 0 to 1, is not above. Between two it is in
 * proportion, so the median of two is their mean. It is NaN if there are none.
 */
export function percentile (values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const [low = NaN, high = low] = sorted.slice(below, below + 2)

  return low + (high - low) * (position - below)
}

export function sum (values: number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
