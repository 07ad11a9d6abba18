/**
 * What several runs of `/perf/1.0.0` sum up to.
 */
import { formatBytes, formatRate, formatTime } from './format.ts'
import type { PerfTimes } from './perf-protocol.ts'

/**
 * In bytes per second
 */
export interface Rates {
  min: number
  avg: number
  max: number
}

export interface PerfStatistics {
  runs: number

  /**
   * How long it all took, in ms
   */
  elapsed: number

  /**
   * There are none where nothing was to be sent that way, or no run was complete
   */
  upload?: Rates
  download?: Rates
}

export interface PerfSizes {
  /**
   * How many bytes each run sends and asks for
   */
  upload: number
  download: number
}

/**
 * @param times - one for each complete run
 */
export function perfStatistics (times: PerfTimes[], { upload, download }: PerfSizes, elapsed: number): PerfStatistics {
  return {
    runs: times.length,
    elapsed,
    upload: rates(upload, times.map(({ uploadMs }) => uploadMs)),
    download: rates(download, times.map(({ downloadMs }) => downloadMs))
  }
}

/**
 * The average is that of all the bytes in all the time
 */
function rates (bytes: number, times: number[]): Rates | undefined {
  if (bytes === 0 || times.length === 0) {
    return
  }

  const rate = (time: number): number => 1000 * bytes / time

  return {
    min: rate(Math.max(...times)),
    avg: rate(times.reduce((sum, time) => sum + time, 0) / times.length),
    max: rate(Math.min(...times))
  }
}

export function formatPerfRun (run: number, { upload, download }: PerfSizes, { uploadMs, downloadMs }: PerfTimes): string {
  const ways = [
    ...(upload > 0 ? [formatWay('up', upload, uploadMs)] : []),
    ...(download > 0 ? [formatWay('down', download, downloadMs)] : [])
  ]

  return `run=${run} ${ways.length > 0 ? ways.join(', ') : `nothing in ${formatTime(uploadMs)}`}`
}

function formatWay (way: string, bytes: number, time: number): string {
  return `${way} ${formatBytes(bytes)} in ${formatTime(time)} (${formatRate(bytes, time)})`
}

export function formatPerfStatistics (peer: string, { runs, elapsed, upload, download }: PerfStatistics): string {
  const lines = [
    `--- ${peer} perf statistics ---`,
    `${runs} ${runs === 1 ? 'run' : 'runs'}, time ${Math.round(elapsed)} ms`
  ]

  for (const [way, rates] of [['up', upload], ['down', download]] as const) {
    if (rates != null) {
      const values = [rates.min, rates.avg, rates.max].map(rate => formatRate(rate, 1000))

      lines.push(`${way} min/avg/max = ${values.join(' / ')}`)
    }
  }

  return lines.join('\n')
}
