/**
 * What metrics say, as they are scraped and as the docs have them
 */

export interface Sample {
  name: string
  labels: Record<string, string>
  value: number
}

export interface DocumentedMetric {
  name: string
  type: string
  label: string
  values: string[]
}

/**
 * Reads the text format of Prometheus
 */
export function samples (text: string): Sample[] {
  return [...text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)].map(([, name, labels = '', value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value])),
    value: Number(value)
  }))
}

/**
 * Reads the table of `docs/metrics.md`
 */
export function documentedMetrics (page: string): DocumentedMetric[] {
  return [...page.matchAll(/^\| `(libp2p_\w+)` \| (\w+) \| `(\w+)`: (.*?) \|/gm)].map(([, name, type, label, values]) => ({
    name,
    type,
    label,
    values: [...values.matchAll(/`([^`]+)`/g)].map(([, value]) => value)
  }))
}
