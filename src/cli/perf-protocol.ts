/**
 * Both ends of [`/perf/1.0.0`](https://github.com/libp2p/specs/blob/master/perf/perf.md),
 * which measures how fast a stream is: the client says how many bytes it wants
 * back, uploads, and half-closes; the server reads to the end, and only then
 * sends.
 */
import type { AbortOptions, Stream, StreamCloseEvent } from '@libp2p/interface'

export const PERF_PROTOCOL = '/perf/1.0.0'

/**
 * The length of the number that a client begins with, in bytes: a uint64, big
 * endian
 */
const REQUEST_LENGTH = 8

/**
 * What is sent, again and again: the same bytes, so that making them takes no
 * time. As large as those of other implementations
 */
const BLOCK = new Uint8Array(64 * 1024)

/**
 * How many bytes have been handed to the stream, and have come from it
 */
export interface PerfProgress {
  uploaded: number
  downloaded: number
}

export interface PerfOptions extends AbortOptions {
  /**
   * How many bytes to send; a whole number up to `Number.MAX_SAFE_INTEGER`
   */
  upload: number

  /**
   * How many bytes the server shall send; a whole number up to
   * `Number.MAX_SAFE_INTEGER`
   */
  download: number

  /**
   * Called whenever bytes have moved: for every 64 KiB sent, and for every
   * message received
   */
  onProgress? (progress: PerfProgress): void
}

export interface PerfTimes {
  /**
   * From the start to the first byte of the answer, in ms. An answer tells that
   * the server has everything; without one the end of the stream does.
   */
  uploadMs: number

  /**
   * From there to the end of the answer, in ms; 0 without an answer
   */
  downloadMs: number
}

/**
 * The server, for a stream of `PERF_PROTOCOL`; it ends the stream. Holds nothing
 * of what it reads.
 *
 * Whoever can open a stream makes this node send as much as it likes: serve it
 * only to those who may.
 */
export async function servePerf (stream: Stream): Promise<void> {
  try {
    const wanted = await readRequest(stream)

    await sendBytes(stream, wanted)
    await stream.close()
  } catch (err: any) {
    stream.abort(err)
  }
}

/**
 * The client, for a new stream of `PERF_PROTOCOL`; ends the stream. Holds nothing
 * of what it reads. With a signal that aborts, the stream is reset.
 *
 * @throws {Error} if the server sends other than as many bytes as were asked
 * for, sends or ends before it can have everything, or resets the stream
 */
export async function measurePerf (stream: Stream, { upload, download, signal, onProgress }: PerfOptions): Promise<PerfTimes> {
  const start = performance.now()
  let uploaded = 0
  let downloaded = 0
  let answered: number | undefined

  async function send (): Promise<void> {
    const request = new Uint8Array(REQUEST_LENGTH)

    new DataView(request.buffer).setBigUint64(0, BigInt(download))
    stream.send(request)

    await sendBytes(stream, BigInt(upload), (bytes) => {
      uploaded += bytes
      onProgress?.({ uploaded, downloaded })
    })

    // whether it arrived shows in the answer: not everyone acknowledges the end
    stream.close().catch(() => {})
  }

  async function receive (): Promise<void> {
    for await (const { byteLength } of stream) {
      answered ??= performance.now()
      downloaded += byteLength

      if (uploaded < upload) {
        throw new Error(`the peer answered after ${uploaded} of ${upload} bytes, before it had everything`)
      }

      if (downloaded > download) {
        throw new Error(`the peer sent ${downloaded} bytes, ${download} were asked for`)
      }

      onProgress?.({ uploaded, downloaded })
    }

    if (uploaded < upload) {
      throw new Error(`the peer ended the stream after ${uploaded} of ${upload} bytes, before it had everything`)
    }

    if (downloaded < download) {
      throw new Error(`the peer sent ${downloaded} bytes, ${download} were asked for`)
    }
  }

  // a write to a stream that is closed tells no more than that
  let failure: Error | undefined

  const onAbort = (): void => { stream.abort(signal?.reason) }
  const onClose = ({ error }: StreamCloseEvent): void => { failure = error }

  stream.addEventListener('close', onClose)

  try {
    signal?.throwIfAborted()
    signal?.addEventListener('abort', onAbort)

    // at the same time, to notice a server that does not wait for its turn
    await Promise.all([receive(), send()])
  } catch (err: any) {
    const cause = failure ?? err
    stream.abort(cause)

    throw cause
  } finally {
    signal?.removeEventListener('abort', onAbort)
    stream.removeEventListener('close', onClose)
  }

  const end = performance.now()
  answered ??= end

  return { uploadMs: answered - start, downloadMs: end - answered }
}

/**
 * Reads to the end of the stream, and returns how many bytes the client wants
 */
async function readRequest (stream: Stream): Promise<bigint> {
  const request = new Uint8Array(REQUEST_LENGTH)
  let length = 0

  for await (const data of stream) {
    if (length < REQUEST_LENGTH) {
      const part = data.subarray(0, Math.min(REQUEST_LENGTH - length, data.byteLength))

      request.set(part, length)
      length += part.byteLength
    }
  }

  if (length < REQUEST_LENGTH) {
    throw new Error(`the peer ended the stream after ${length} bytes, before it said how many it wants`)
  }

  return new DataView(request.buffer).getBigUint64(0)
}

async function sendBytes (stream: Stream, bytes: bigint, onSent?: (bytes: number) => void): Promise<void> {
  let left = bytes

  while (left > 0n) {
    const block = left < BLOCK.byteLength ? BLOCK.subarray(0, Number(left)) : BLOCK
    const hasRoom = stream.send(block)

    left -= BigInt(block.byteLength)
    onSent?.(block.byteLength)

    if (!hasRoom) {
      await stream.onDrain()
    }
  }
}
