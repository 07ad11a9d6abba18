/**
 * What the dialer does with a connection, and how long it takes.
 */
import { ANSWER_LENGTH } from './end.ts'
import { readNumber, writeNumber } from './number.ts'
import { writeBytes } from './outlet.ts'
import type { BenchConnection, BenchStream, Protocol, Reader } from './end.ts'

/**
 * A stream that is silent for so long is lost, in ms
 */
const LOST = 5_000

const PING = Buffer.alloc(32)

export interface Exchanged {
  /**
   * How long it took, in ms, without the wait for what was lost
   */
  ms: number
  succeeded: number
  lost: number

  /**
   * Why, of the first
   */
  reason?: string
}

/**
 * Reads to the end, and knows when data came and how much
 */
class Collector implements Reader {
  readonly stream: BenchStream
  readonly end = Promise.withResolvers<void>()
  readonly pieces: Uint8Array[] = []
  received = 0
  firstAt?: number
  lastAt = 0

  private readonly keep: boolean

  constructor (stream: BenchStream, keep = false) {
    this.stream = stream
    this.keep = keep
    stream.ended.catch(this.end.reject)
    this.end.promise.catch(() => {})
  }

  onData (data: Uint8Array): void {
    this.received += data.byteLength
    this.lastAt = performance.now()
    this.firstAt ??= this.lastAt

    if (this.keep) {
      this.pieces.push(data)
    }
  }

  onEnd (): void {
    this.end.resolve()
  }
}

/**
 * Opens streams, and on each sends some bytes, half-closes and reads the answer
 * to its end
 */
export async function exchange (connection: BenchConnection, { protocol, bytes, count, parallel }: { protocol: Protocol, bytes: number, count: number, parallel: number }): Promise<Exchanged> {
  const data = Buffer.alloc(bytes, 'libp2p ')
  const start = performance.now()
  const result: Exchanged = { ms: 0, succeeded: 0, lost: 0 }
  let begun = 0
  let wasted = 0

  async function one (): Promise<void> {
    const collector = await connection.open(protocol, stream => new Collector(stream))
    const { stream } = collector
    const timer = setTimeout(() => { stream.abort(new Error(`The stream was silent for ${LOST / 1_000} s`)) }, LOST)
    const lost = new Promise<never>((resolve, reject) => { stream.ended.catch(reject) })

    try {
      stream.send(data)
      stream.close()
      await Promise.race([Promise.all([collector.end.promise, stream.ended]), lost])
    } finally {
      clearTimeout(timer)
    }

    if (collector.received !== bytes) {
      throw new Error(`${collector.received} of ${bytes} bytes came back`)
    }
  }

  async function work (): Promise<void> {
    while (begun < count) {
      begun++
      const since = performance.now()

      try {
        await one()
        result.succeeded++
        result.ms = performance.now() - start
      } catch (err: any) {
        result.lost++
        result.reason ??= `${err.name}: ${err.message}`
        wasted += performance.now() - since
      }
    }
  }

  await Promise.all(Array.from({ length: parallel }, work))

  return { ...result, ms: parallel === 1 ? result.ms - wasted : result.ms }
}

/**
 * How long it takes from opening a stream to the whole answer, one after another,
 * in ms
 */
export async function answers (connection: BenchConnection, count: number): Promise<number[]> {
  const data = Buffer.alloc(ANSWER_LENGTH)
  const times: number[] = []

  while (times.length < count) {
    const start = performance.now()
    const collector = await connection.open('answer', stream => new Collector(stream))
    collector.stream.send(data)
    collector.stream.close()
    await collector.end.promise
    check(collector.received, ANSWER_LENGTH)
    times.push(collector.lastAt - start)
    await collector.stream.ended
  }

  return times
}

export type Way = 'up' | 'down' | 'echo'

const TRANSFERS: Record<Way, (connection: BenchConnection, bytes: number) => Promise<void>> = {
  async up (connection, bytes) {
    const collector = await connection.open('sink', stream => new Collector(stream, true))
    await Promise.all([writeBytes(collector.stream, bytes), collector.end.promise])
    check(readNumber(collector.pieces), bytes)
  },

  async down (connection, bytes) {
    const collector = await connection.open('source', stream => new Collector(stream))
    collector.stream.send(writeNumber(bytes))
    collector.stream.close()
    await collector.end.promise
    check(collector.received, bytes)
  },

  async echo (connection, bytes) {
    const collector = await connection.open('echo', stream => new Collector(stream))
    await Promise.all([writeBytes(collector.stream, bytes), collector.end.promise])
    check(collector.received, bytes)
  }
}

function check (received: number, bytes: number): void {
  if (received !== bytes) {
    throw new Error(`${received} of ${bytes} bytes arrived`)
  }
}

/**
 * Moves so many bytes on each of some streams at once, and resolves to how long
 * each took, in ms
 */
export async function transfer (connection: BenchConnection, { way, bytes, streams }: { way: Way, bytes: number, streams: number }): Promise<number[]> {
  const start = performance.now()

  return Promise.all(Array.from({ length: streams }, async () => {
    await TRANSFERS[way](connection, bytes)

    return performance.now() - start
  }))
}

/**
 * The same, and how long pings take beside it, one after another, in ms
 */
export async function transferWithPings (connection: BenchConnection, init: { way: Way, bytes: number, streams: number }): Promise<{ ms: number[], pings: number[] }> {
  const pings: number[] = []
  const done = new AbortController()
  let onAnswer = (): void => {}
  const stream = await connection.open('hold', (stream): Reader & { stream: BenchStream } => ({
    stream,
    onData () { onAnswer() },
    onEnd () {}
  }))

  async function ping (): Promise<void> {
    while (!done.signal.aborted) {
      const start = performance.now()
      const answered = Promise.withResolvers<void>()
      onAnswer = answered.resolve
      stream.stream.ended.then(() => { answered.reject(new Error('The stream of the pings has ended')) }, answered.reject)
      stream.stream.send(PING)
      await answered.promise
      pings.push(performance.now() - start)
    }
  }

  const [ms] = await Promise.all([
    transfer(connection, init).finally(() => { done.abort() }),
    ping()
  ])
  stream.stream.close()

  return { ms, pings }
}
