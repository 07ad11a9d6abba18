/**
 * What came out, in words.
 */
import type { Holdings, Outcome } from './outcome.ts'

export function describe ({ before, after, report, killed, idle, open, perConnection, noticed, ends, load }: Outcome): Record<string, string> {
  const failures = Object.values(report?.failures ?? {}).reduce((sum, count) => sum + count, 0)

  const figures = [
    ...report == null ? [] : [`${report.connections.toLocaleString('en')} succeeded, ${failures} failed`],
    ...killed == null ? [] : [`${killed} dialers killed`],
    ...noticed == null ? [] : [`noticed after ${(noticed / 1_000).toFixed(1)} s`],
    ...idle == null ? [] : [`main thread ${percent(idle.mainThread)}, all threads ${percent(idle.all)} of a core`],
    ...perConnection == null ? [] : [`${(perConnection / 1_000).toFixed(0)} kB`],
    ...open == null ? [] : [`${open.connections.toLocaleString('en')} connections and ${open.streams.toLocaleString('en')} streams open`],
    ...ends == null ? [] : changes(before, after),
    ...ends == null ? [] : [`${ends.filter(end => end != null).length} of ${ends.length} processes exited`],
    `load ${load.toFixed(1)}`
  ]

  return { result: figures.join(', ') }
}

function changes (before: Holdings, after: Holdings): string[] {
  return [
    ...(['heap', 'rss'] as const).map(name => `${name === 'rss' ? 'RSS' : name} ${megabytes(before[name])} → ${megabytes(after[name])} MB`),
    ...(['threads', 'descriptors', 'handles'] as const).map(name => `${name} ${before[name]} → ${after[name]}`)
  ]
}

function megabytes (bytes = 0): string {
  return (bytes / 1e6).toFixed(0)
}

function percent (share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
