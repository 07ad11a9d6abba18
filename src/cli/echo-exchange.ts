/**
 * The asking end of `/echo/1.0.0`: sends, and reads what comes back at the same
 * time. It runs in browsers too.
 */
import { raceSignal } from 'race-signal'
import { equals } from 'uint8arrays/equals'
import { toString } from 'uint8arrays/to-string'
import type { Stream } from '@libp2p/interface'

/**
 * How many bytes may be under way. Data channels have no flow control by
 * stream: a peer that receives faster than it sends holds the rest in memory,
 * and js-libp2p resets a stream at 4 MiB. So does this end, while its output
 * blocks.
 */
const MAX_UNDER_WAY = 2 * 1024 * 1024

export interface Hash {
  update (chunk: Uint8Array): unknown
  digest (): Uint8Array
}

export interface ExchangeInit {
  /**
   * What to send. The signal aborts when nothing more is wanted.
   */
  input (signal: AbortSignal): AsyncIterable<Uint8Array>

  /**
   * Takes what comes back. The signal aborts when it need not wait any longer.
   */
  output? (chunk: Uint8Array, signal: AbortSignal): Promise<void> | void

  /**
   * A SHA-256
   */
  createHash (): Hash

  /**
   * How many bytes were sent and came back so far
   */
  onProgress? (bytesSent: number, bytesReceived: number): void
}

export interface EchoResult {
  bytesSent: number
  bytesReceived: number

  /**
   * The hashes of what was sent and of what came back, in hexadecimal digits
   */
  sha256: string
  sha256Received: string

  equal: boolean
}

/**
 * Sends the input to its end. Resolves when the remote has ended the stream.
 */
export async function exchange (stream: Stream, { input, output, createHash, onProgress }: ExchangeInit): Promise<EchoResult> {
  const over = new AbortController()
  const sentHash = createHash()
  const receivedHash = createHash()
  let room = Promise.withResolvers<void>()
  let bytesSent = 0
  let bytesReceived = 0
  let allSent = false

  function hasRoom (): boolean {
    return bytesSent - bytesReceived < MAX_UNDER_WAY
  }

  async function send (): Promise<void> {
    for await (const chunk of input(over.signal)) {
      if (!hasRoom()) {
        room = Promise.withResolvers()
        await raceSignal(room.promise, over.signal)
      }

      sentHash.update(chunk)
      bytesSent += chunk.byteLength

      if (!stream.send(chunk)) {
        await stream.onDrain({ signal: over.signal })
      }

      onProgress?.(bytesSent, bytesReceived)
    }

    allSent = true

    // whether it arrived shows in what comes back
    stream.close().catch(() => {})
  }

  async function receive (): Promise<void> {
    for await (const data of stream) {
      const chunk = data.subarray()

      receivedHash.update(chunk)
      await output?.(chunk, over.signal)

      bytesReceived += chunk.byteLength
      onProgress?.(bytesSent, bytesReceived)

      if (hasRoom()) {
        room.resolve()
      }
    }

    if (!allSent) {
      throw new Error(`the peer ended the stream after ${bytesReceived} bytes, before it had everything`)
    }
  }

  // both ends of the work may wait for something else than the stream
  stream.addEventListener('close', ({ error }) => {
    if (error != null) {
      over.abort(error)
    }
  })

  try {
    await Promise.all([receive(), send()])
  } catch (err: any) {
    const cause = over.signal.aborted ? over.signal.reason : err
    stream.abort(cause)

    throw cause
  } finally {
    over.abort()
  }

  const sent = sentHash.digest()
  const received = receivedHash.digest()

  return {
    bytesSent,
    bytesReceived,
    sha256: toString(sent, 'base16'),
    sha256Received: toString(received, 'base16'),
    equal: equals(sent, received)
  }
}
