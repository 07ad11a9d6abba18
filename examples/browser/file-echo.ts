/**
 * Sends a file to `/echo/1.0.0` of a peer, and gets it back.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { exchange } from '../../src/cli/echo-exchange.ts'
import type { EchoResult } from '../../src/cli/echo-exchange.ts'
import type { Stream } from '@libp2p/interface'

/**
 * How much of the file is read at a time, in bytes: it may be larger than the
 * memory
 */
export const SLICE = 256 * 1024

/**
 * Up to what size what came back is kept, in bytes
 */
export const MAX_KEPT = 64 * 1024 * 1024

export interface FileEcho extends EchoResult {
  /**
   * What came back, unless it is too large to be kept
   */
  received?: Blob
}

export interface FileEchoOptions {
  /**
   * Resets the stream
   */
  signal: AbortSignal

  onProgress? (bytesSent: number, bytesReceived: number): void

  /**
   * Up to what size what came back is kept, in bytes
   */
  maxKept?: number
}

export async function echoFile (stream: Stream, file: Blob, { signal, onProgress, maxKept = MAX_KEPT }: FileEchoOptions): Promise<FileEcho> {
  const kept: Array<Uint8Array<ArrayBuffer>> | undefined = file.size <= maxKept ? [] : undefined
  const abort = (): void => { stream.abort(signal.reason) }
  let bytes = 0

  signal.throwIfAborted()
  signal.addEventListener('abort', abort)

  try {
    const result = await exchange(stream, {
      input: () => slices(file),
      output: (chunk) => {
        bytes += chunk.byteLength

        if (bytes > file.size) {
          throw new Error('More bytes came back than were sent')
        }

        kept?.push(new Uint8Array(chunk))
      },
      createHash: () => sha256.create(),
      onProgress
    })

    return { ...result, received: kept == null ? undefined : new Blob(kept, { type: file.type }) }
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function * slices (file: Blob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < file.size; start += SLICE) {
    yield new Uint8Array(await file.slice(start, start + SLICE).arrayBuffer())
  }
}
