/**
 * A libp2p stream as the tests need it: numbers, the pattern, and the
 * difference between an end and a reset.
 */
import { byteStream } from '@libp2p/utils'
import { pEvent } from 'p-event'
import { Patience } from './patience.ts'
import { isPattern, patternPiece } from './pattern.ts'
import type { AbortOptions, Stream } from '@libp2p/interface'
import type { ByteStream } from '@libp2p/utils'

export const NUMBER_LENGTH = 8

export interface PeerStreamInit {
  /**
   * Resets the stream
   */
  signal?: AbortSignal

  /**
   * How long the remote may keep this end waiting, in ms
   */
  patience?: number
}

export class PeerStream {
  /**
   * In bytes
   */
  received = 0

  private readonly stream: Stream
  private readonly bytes: ByteStream<Stream>
  private failure?: Error
  private readonly patience?: Patience

  constructor (stream: Stream, { signal, patience }: PeerStreamInit) {
    this.stream = stream

    // what waits is bounded by what the tests send
    this.bytes = byteStream(stream, { maxBufferSize: Infinity })

    const onAbort = (): void => { this.reset(signal?.reason) }
    signal?.addEventListener('abort', onAbort)

    if (patience != null) {
      this.patience = new Patience(patience, () => {
        this.reset(new Error(`Waited for ${patience} ms for the other end`))
      })
    }

    stream.addEventListener('close', ({ error }) => {
      this.failure ??= error
      signal?.removeEventListener('abort', onAbort)
      this.patience?.end()
    })
  }

  /**
   * What arrives next, or nothing at the end
   */
  async read (): Promise<Uint8Array | undefined> {
    const data = await this.bytes.read()
    this.patience?.refresh()

    if (data == null) {
      // a reset between two reads looks like an end
      this.throwIfFailed()
      return
    }

    this.received += data.byteLength

    return data.subarray()
  }

  /**
   * Some bytes, which must be there before the end
   */
  async readBytes (count: number): Promise<Uint8Array> {
    const data = await this.bytes.read({ bytes: count })
    this.patience?.refresh()
    this.received += count

    return data.subarray()
  }

  async readNumber (): Promise<number> {
    const data = await this.readBytes(NUMBER_LENGTH)

    return Number(new DataView(data.buffer, data.byteOffset).getBigUint64(0))
  }

  /**
   * Reads that many bytes of the pattern
   */
  async readPattern (count: number): Promise<void> {
    if (!isPattern(await this.readBytes(count), 0)) {
      throw new Error(`Other bytes than those of the pattern arrived among the first ${count}`)
    }
  }

  /**
   * Reads to the end, which must come after that many bytes of the pattern.
   * `onData` is told of what comes.
   */
  async readPatternToEnd (count: number, onData?: (data: Uint8Array) => Promise<void>): Promise<void> {
    let offset = 0

    for (let data = await this.read(); data != null; data = await this.read()) {
      if (!isPattern(data, offset)) {
        throw new Error(`Other bytes than those of the pattern arrived after ${offset}`)
      }

      offset += data.byteLength

      if (offset > count) {
        throw new Error(`More than ${count} bytes arrived`)
      }

      await onData?.(data)
    }

    if (offset !== count) {
      throw new Error(`The end came after ${offset} of ${count} bytes`)
    }
  }

  /**
   * Reads to the end, and returns how many bytes came
   */
  async readToEnd (): Promise<number> {
    let count = 0

    for (let data = await this.read(); data != null; data = await this.read()) {
      count += data.byteLength
    }

    return count
  }

  /**
   * Does something, then reads, until the remote resets the stream
   */
  async expectReset (before: () => Promise<void>): Promise<void> {
    try {
      await before()
      await this.readToEnd()
    } catch (err: any) {
      if (err.name === 'StreamResetError') {
        return
      }

      throw err
    }

    throw new Error('The stream ended without a reset')
  }

  async write (data: Uint8Array): Promise<void> {
    this.throwIfFailed()

    if (!this.stream.send(data)) {
      await this.stream.onDrain()

      // the base class of @libp2p/utils 7.4.1 waits only the first time
      while (this.stream.writableNeedsDrain && this.stream.status === 'open') {
        await pEvent(this.stream, ['drain', 'close'])
      }

      this.throwIfFailed()
    }

    this.patience?.refresh()
  }

  async writeNumber (value: number): Promise<void> {
    const data = new DataView(new ArrayBuffer(NUMBER_LENGTH))
    data.setBigUint64(0, BigInt(value))

    return this.write(new Uint8Array(data.buffer))
  }

  /**
   * Writes so many bytes of the pattern, behind the first ones
   */
  async writePattern (count: number, from: number = 0): Promise<void> {
    for (let offset = from; offset < from + count;) {
      const piece = patternPiece(offset, from + count - offset)
      await this.write(piece)
      offset += piece.byteLength
    }
  }

  /**
   * Writes the pattern until the remote does not want more
   */
  async writePatternUntilStopped (limit: number): Promise<void> {
    for (let offset = 0; offset < limit;) {
      const piece = patternPiece(offset, limit - offset)

      try {
        await this.write(piece)
      } catch (err: any) {
        if (err.name === 'StopSendingError') {
          return
        }

        throw err
      }

      // @libp2p/webrtc throws what is written away, and says so only here
      if (this.stream.remoteReadStatus === 'closed') {
        return
      }

      offset += piece.byteLength
    }

    throw new Error(`${limit} bytes could be written`)
  }

  /**
   * Half-closes, and waits for the acknowledgement
   */
  async end (options?: AbortOptions): Promise<void> {
    await this.stream.close(options)
    this.throwIfFailed()
  }

  /**
   * Half-closes after the remote has stopped reading: what was still to be sent
   * is lost
   */
  async endStopped (): Promise<void> {
    try {
      await this.end()
    } catch (err: any) {
      if (err.name !== 'StopSendingError') {
        throw err
      }
    }
  }

  /**
   * Tells the remote to stop writing
   */
  async stopReading (): Promise<void> {
    await this.stream.closeRead()
  }

  reset (reason: Error): void {
    this.failure ??= reason
    this.stream.abort(reason)
  }

  private throwIfFailed (): void {
    if (this.failure != null) {
      throw this.failure
    }
  }
}

/**
 * Does two things at the same time. If one fails the other can't go on, and is
 * waited for.
 */
export async function atOnce (stream: PeerStream, ...tasks: Array<Promise<void>>): Promise<void> {
  const results = await Promise.allSettled(tasks.map(async task => {
    try {
      await task
    } catch (err: any) {
      stream.reset(err)
      throw err
    }
  }))
  const failed = results.find(result => result.status === 'rejected')

  if (failed != null) {
    throw failed.reason
  }
}
