/**
 * The asking end of `/echo/1.0.0`: sends, and reads what comes back at the same
 * time.
 */
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { addAbortSignal } from 'node:stream'
import type { Stream } from '@libp2p/interface'
import type { Readable, Writable } from 'node:stream'

/**
 * How many bytes may be under way. Data channels have no flow control by
 * stream: a peer that receives faster than it sends holds the rest in memory,
 * and js-libp2p resets a stream at 4 MiB. So does this end, while its output
 * blocks.
 */
const MAX_UNDER_WAY = 2 * 1024 * 1024

export interface EchoResult {
  bytesSent: number
  bytesReceived: number

  /**
   * The hash of what was sent, and whether what came back has the same
   */
  sha256: string
  equal: boolean
}

/**
 * Sends the input to its end, and writes what comes back to the output if there
 * is one; `onProgress` is told how many bytes came back. Resolves when the
 * remote has ended the stream.
 */
export async function exchange (stream: Stream, input: Readable, output: Writable | undefined, onProgress: (bytes: number) => void): Promise<EchoResult> {
  const over = new AbortController()
  const echoes = new EventEmitter()
  const sentHash = createHash('sha256')
  const receivedHash = createHash('sha256')
  let bytesSent = 0
  let bytesReceived = 0
  let allSent = false

  function hasRoom (): boolean {
    return bytesSent - bytesReceived < MAX_UNDER_WAY
  }

  async function send (): Promise<void> {
    for await (const chunk of addAbortSignal(over.signal, input)) {
      if (!hasRoom()) {
        await once(echoes, 'room', { signal: over.signal })
      }

      sentHash.update(chunk)
      bytesSent += chunk.byteLength

      if (!stream.send(chunk)) {
        await stream.onDrain({ signal: over.signal })
      }
    }

    allSent = true

    // whether it arrived shows in what comes back
    stream.close().catch(() => {})
  }

  async function receive (): Promise<void> {
    for await (const data of stream) {
      const chunk = data.subarray()

      receivedHash.update(chunk)

      if (output?.write(chunk) === false) {
        await once(output, 'drain', { signal: over.signal })
      }

      bytesReceived += chunk.byteLength
      onProgress(bytesReceived)

      if (hasRoom()) {
        echoes.emit('room')
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

  const sha256 = sentHash.digest('hex')

  return {
    bytesSent,
    bytesReceived,
    sha256,
    equal: receivedHash.digest('hex') === sha256
  }
}
