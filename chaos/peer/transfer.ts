/**
 * The dialer's end of a transfer, and of pings beside it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { PING_PROTOCOL } from '@libp2p/ping'
import { PeerStream } from '../../interop/js/peer-stream.ts'
import { failureOf } from '../failure.ts'
import { PROTOCOLS } from './protocols.ts'
import type { PeerEvent } from './peer.ts'
import type { Connection } from '@libp2p/interface'

export type What = 'echo' | 'upload' | 'both'

export interface TransferRequest {
  /**
   * `echo`: everything comes back; `both`: the listener sends as much at the same time
   */
  what: What

  bytes: number

  /**
   * How long the signal allows that is passed to `close()`, in ms
   */
  closeWithin?: number

  /**
   * How often to ping, in ms
   */
  pingEvery?: number
}

export interface PingReport {
  /**
   * From opening the stream, in ms
   */
  opened: number
  answered: number
  closed: number
}

export interface TransferReport {
  /**
   * How many bytes came back
   */
  returned: number

  /**
   * From the first byte to the end of everything, in ms
   */
  ms: number

  /**
   * How long `close()` took, in ms
   */
  closing?: number

  /**
   * What failed, and how
   */
  failures: string[]

  pings: Array<PingReport | string>
}

export async function transfer (connection: Connection, request: TransferRequest, tell: (event: PeerEvent) => void): Promise<TransferReport> {
  const { what, bytes, closeWithin, pingEvery } = request
  const stream = new PeerStream(await connection.newStream(PROTOCOLS[what === 'upload' ? 'sink' : what]), {})
  const start = performance.now()
  const done = new AbortController()
  const failures: string[] = []
  let closing: number | undefined

  async function step (name: string, task: Promise<void>): Promise<void> {
    const failure = await failureOf(task)

    if (failure != null) {
      failures.push(`${name}: ${failure}`)
    }
  }

  async function write (): Promise<void> {
    if (what === 'both') {
      await stream.writeNumber(bytes)
    }

    await stream.writePattern(bytes)
  }

  async function writeAndClose (): Promise<void> {
    await step('write', write())

    // where nothing can be written nothing can be read either
    if (failures.length > 0) {
      stream.reset(new Error('Writing failed'))
      return
    }

    const closeStart = performance.now()
    await step('close()', stream.end(closeWithin == null ? undefined : { signal: AbortSignal.timeout(closeWithin) }))
    closing = performance.now() - closeStart
  }

  async function read (): Promise<void> {
    let isHalf = false

    await stream.readPatternToEnd(what === 'upload' ? 0 : bytes, async () => {
      if (!isHalf && stream.received >= bytes / 2) {
        isHalf = true
        tell({ event: 'half' })
      }
    })
  }

  const pinging = pingEvery == null ? [] : pingUntil(done.signal, connection, pingEvery)

  await Promise.all([writeAndClose(), step('read', read())])
  const ms = performance.now() - start
  done.abort()

  return { returned: stream.received, ms, closing, failures, pings: await pinging }
}

/**
 * Pings, each through a stream of its own, one after another
 */
async function pingUntil (signal: AbortSignal, connection: Connection, every: number): Promise<Array<PingReport | string>> {
  const pings: Array<PingReport | string> = []

  while (!signal.aborted) {
    const start = performance.now()
    const failure = await failureOf(ping(connection).then(report => { pings.push(report) }))

    if (failure != null) {
      pings.push(failure)
    }

    await sleep(Math.max(0, start + every - performance.now()), undefined, { signal }).catch(() => {})
  }

  return pings
}

export async function ping (connection: Connection): Promise<PingReport> {
  const start = performance.now()
  const signal = AbortSignal.timeout(60_000)
  const stream = new PeerStream(await connection.newStream(PING_PROTOCOL, { signal }), { signal })
  const opened = performance.now() - start

  await stream.write(new Uint8Array(32))
  await stream.readBytes(32)
  const answered = performance.now() - start

  await stream.end({ signal })

  return { opened, answered, closed: performance.now() - start }
}
