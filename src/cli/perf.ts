/**
 * `webrtc-direct perf`
 */
import { connect, describeConnected } from './connect.ts'
import { formatBytes, formatTime } from './format.ts'
import { startDialer } from './node.ts'
import { measurePerf, PERF_PROTOCOL } from './perf-protocol.ts'
import { formatPerfRun, formatPerfStatistics, perfStatistics } from './perf-statistics.ts'
import { createProgressBar, showsBars } from './progress-bar.ts'
import { nowAndThen, progressOf } from './progress.ts'
import type { DialerOptions } from './node.ts'
import type { Output } from './output.ts'
import type { PerfProgress, PerfTimes } from './perf-protocol.ts'
import type { PerfSizes } from './perf-statistics.ts'
import type { ProgressBar } from './progress-bar.ts'
import type { Progress } from './progress.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface PerfCommandOptions extends PerfSizes, DialerOptions {
  /**
   * How many runs, one after another, 0 for no end
   */
  runs: number

  /**
   * Whether standard output is for machines
   */
  json: boolean
}

/**
 * Measures until the runs are complete, one fails or the signal aborts. Returns
 * whether there was a complete run.
 *
 * @throws {Error} if a run fails
 */
export async function perf (address: Multiaddr, options: PerfCommandOptions, output: Output, signal: AbortSignal): Promise<boolean> {
  const { upload, download } = options
  const node = await startDialer(options)

  try {
    const connected = await connect(node, address, { signal })
    const { connection, peerId, connectTime } = connected

    output.result(`PERF ${peerId} via ${connection.remoteAddr}: ${formatBytes(upload)} up, ${formatBytes(download)} down, connected in ${formatTime(connectTime)}`, describeConnected('connected', connected))

    const hasTerminal = !options.json && showsBars()
    const times: PerfTimes[] = []
    const start = performance.now()

    for (let run = 1; options.runs === 0 || run <= options.runs; run++) {
      const bars = hasTerminal ? createBars({ upload, download }) : undefined
      const tell = tellMachines({ upload, download }, progress => { output.machines({ event: 'progress', peerId, run, ...progress }) })

      try {
        const stream = await connection.newStream(PERF_PROTOCOL, { signal })
        const result = await measurePerf(stream, {
          upload,
          download,
          signal,
          onProgress: (progress) => {
            bars?.update(progress)
            tell(progress)
          }
        })
          .finally(() => { bars?.stop() })

        times.push(result)
        output.result(formatPerfRun(run, { upload, download }, result), { event: 'run', peerId, run, upload, download, ...result })
      } catch (err) {
        if (signal.aborted && times.length > 0) {
          break
        }

        throw err
      }
    }

    const statistics = perfStatistics(times, { upload, download }, performance.now() - start)

    output.result(`\n${formatPerfStatistics(peerId, statistics)}`, { event: 'summary', peerId, ...statistics })

    return times.length > 0
  } finally {
    await node.stop()
  }
}

function tellMachines ({ upload, download }: PerfSizes, tell: (progress: Progress & { direction: 'upload' | 'download' }) => void): (progress: PerfProgress) => void {
  let start = performance.now()
  let direction: 'upload' | 'download' = 'upload'
  let bytes = 0
  const report = nowAndThen(() => {
    tell({ direction, ...progressOf({ bytes, size: direction === 'upload' ? upload : download, elapsed: performance.now() - start }) })
  })

  return ({ uploaded, downloaded }) => {
    if (downloaded > 0 && direction === 'upload') {
      direction = 'download'
      start = performance.now()
    }

    bytes = direction === 'upload' ? uploaded : downloaded
    report()
  }
}

/**
 * One bar after the other; nothing is left of them, as the line of the run says
 * the same
 */
function createBars ({ upload, download }: PerfSizes): { update (progress: PerfProgress): void, stop (): void } {
  let up: ProgressBar | undefined
  let down: ProgressBar | undefined

  return {
    update ({ uploaded, downloaded }) {
      if (downloaded === 0) {
        up ??= createProgressBar(upload, { label: '  up', transient: true })
        up.update(uploaded)
      } else {
        up?.stop()
        down ??= createProgressBar(download, { label: 'down', transient: true })
        down.update(downloaded)
      }
    },
    stop () {
      up?.stop()
      down?.stop()
    }
  }
}
