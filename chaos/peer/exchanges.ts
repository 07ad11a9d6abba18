/**
 * The dialer's end of many short exchanges.
 */
import { atOnce, PeerStream } from '../../interop/js/peer-stream.ts'
import { failureOf } from '../failure.ts'
import { PROTOCOLS } from './protocols.ts'
import type { Connection } from '@libp2p/interface'

export interface ExchangesRequest {
  /**
   * `streams`: each exchange has one of its own, which both ends close; `messages`: all
   * of a worker are on one
   */
  on: 'streams' | 'messages'

  count: number

  /**
   * How many workers there are
   */
  parallel: number

  /**
   * Of an exchange, each way
   */
  bytes: number
}

export interface ExchangesReport {
  succeeded: number

  /**
   * How long one took, in ms
   */
  longest: number

  /**
   * Why others did not succeed. A worker ends with the first.
   */
  failures: string[]
}

export async function exchanges (connection: Connection, { on, count, parallel, bytes }: ExchangesRequest): Promise<ExchangesReport> {
  const report: ExchangesReport = { succeeded: 0, longest: 0, failures: [] }
  let begun = 0

  async function open (): Promise<PeerStream> {
    return new PeerStream(await connection.newStream(PROTOCOLS.echo, { maxOutboundStreams: Infinity }), {})
  }

  async function overStream (): Promise<void> {
    const stream = await open()
    await atOnce(stream, stream.writePattern(bytes).then(async () => stream.end()), stream.readPatternToEnd(bytes))
  }

  async function messages (): Promise<() => Promise<void>> {
    const stream = await open()

    return async () => atOnce(stream, stream.writePattern(bytes), stream.readPattern(bytes))
  }

  async function work (): Promise<void> {
    const exchange = on === 'streams' ? overStream : await messages()

    while (begun++ < count) {
      const start = performance.now()
      await exchange()
      report.succeeded++
      report.longest = Math.max(report.longest, performance.now() - start)
    }
  }

  const failures = await Promise.all(Array.from({ length: parallel }, async () => failureOf(work())))
  report.failures.push(...failures.filter(failure => failure != null))

  return report
}
