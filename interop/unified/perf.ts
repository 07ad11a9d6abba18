/**
 * The program of the perf suite: uploads, downloads, and moves single bytes both
 * ways, each many times over one connection, with `/perf/1.0.0`.
 */
import { measurePerf, PERF_PROTOCOL } from '../../src/cli/perf-protocol.ts'
import { readNumber } from './environment.ts'
import { log, runProgram } from './program.ts'
import { perfSuite } from './rendezvous.ts'
import { formatSamples } from './samples.ts'
import type { Variables } from './environment.ts'
import type { Connection } from '@libp2p/interface'

const GIB = 1024 ** 3

interface Series {
  name: 'upload' | 'download' | 'latency'
  upload: number
  download: number
  iterations: number

  /**
   * What to make of the time that an iteration took, in ms
   */
  unit: 'Gbps' | 'ms'
}

/**
 * With the defaults of the harness
 */
function readSeries (variables: Variables): Series[] {
  const number = (name: string, fallback: number): number => readNumber(variables, name, fallback)

  return [{
    name: 'upload',
    upload: number('UPLOAD_BYTES', GIB),
    download: 0,
    iterations: number('UPLOAD_ITERATIONS', 10),
    unit: 'Gbps'
  }, {
    name: 'download',
    upload: 0,
    download: number('DOWNLOAD_BYTES', GIB),
    iterations: number('DOWNLOAD_ITERATIONS', 10),
    unit: 'Gbps'
  }, {
    name: 'latency',
    upload: 1,
    download: 1,
    iterations: number('LATENCY_ITERATIONS', 100),
    unit: 'ms'
  }]
}

/**
 * From the opening of a stream to its end, as the specification of the protocol
 * has it
 */
async function runSeries (connection: Connection, { name, upload, download, iterations, unit }: Series, signal: AbortSignal): Promise<string> {
  const samples: number[] = []

  for (let iteration = 1; iteration <= iterations; iteration++) {
    const start = performance.now()
    const stream = await connection.newStream(PERF_PROTOCOL, { signal })
    await measurePerf(stream, { upload, download, signal })
    const elapsed = performance.now() - start

    // bits per ns are Gbit per s
    samples.push(unit === 'ms' ? elapsed : 8 * (upload + download) / (1e6 * elapsed))
  }

  log(`${name}: ${iterations} iterations are done`)

  return formatSamples(name, samples, unit)
}

await runProgram({
  suite: perfSuite,
  perf: true,

  readMeasurement (variables) {
    const series = readSeries(variables)

    return async (node, address, signal) => {
      const connection = await node.dial(address, { signal })
      const results: string[] = []

      for (const one of series) {
        results.push(await runSeries(connection, one, signal))
      }

      return results.join('\n')
    }
  }
})
