import { StreamBufferError } from '@libp2p/interface'
import { costOf } from '../message-cost.ts'
import type { Clock } from '../clock.ts'
import type { StreamMessageEvent } from '@libp2p/interface'
import type { AbstractStream } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'

/**
 * A reader that has taken nothing for so long does not read, in ms
 */
const STALLED_AFTER = 500

/**
 * How many times `maxReadBufferLength` a reader may lag behind that does read:
 * one that writes all it reads back was seen to lag 23 MB behind after 256 MiB
 */
const SLOW_READER_ALLOWANCE = 16

/**
 * What a reader needs to see of a stream
 */
export interface Readable extends Pick<AbstractStream, 'status' | 'readStatus' | 'remoteWriteStatus' | 'readBufferLength' | 'maxReadBufferLength' | 'addEventListener' | 'removeEventListener' | 'abort'> {
  /**
   * Why the stream has failed
   */
  readonly failure?: Error

  readonly backlog: Backlog
}

/**
 * What has been handed to the readers of a stream, and not been taken by them
 */
export class Backlog {
  private readonly clock: Clock
  private bytes = 0
  private frames = 0
  private lastTaken = 0

  constructor (clock: Clock) {
    this.clock = clock
  }

  get byteLength (): number {
    return this.bytes
  }

  /**
   * In bytes, of which a frame counts for some at least
   */
  get cost (): number {
    return costOf(this.bytes, this.frames)
  }

  /**
   * Whether nothing was taken for a while
   */
  get isStalled (): boolean {
    return this.clock.now() - this.lastTaken > STALLED_AFTER
  }

  /**
   * Somebody begins to read
   */
  begin (): void {
    this.lastTaken = this.clock.now()
  }

  put (data: { byteLength: number }): void {
    this.bytes += data.byteLength
    this.frames++
  }

  take (data: { byteLength: number }): void {
    this.bytes -= data.byteLength
    this.frames--
    this.lastTaken = this.clock.now()
  }
}

/**
 * Reads a stream to its end, also where it has ended already and data waits to
 * be read.
 *
 * Data channels have no flow control by stream, so what a reader leaves unread
 * is bounded: a reader that has not taken anything for a while may leave
 * `maxReadBufferLength` bytes, one that reads but is slower than the remote 16
 * times as many. Beyond that the stream is reset.
 */
export async function * readToEnd (stream: Readable): AsyncGenerator<Uint8Array | Uint8ArrayList> {
  if (stream.readStatus !== 'readable' && stream.readStatus !== 'paused') {
    return
  }

  const queue: Array<Uint8Array | Uint8ArrayList> = []
  const { backlog } = stream
  let wake = (): void => {}
  backlog.begin()

  const sleep = async (): Promise<void> => new Promise(resolve => { wake = resolve })
  const onMessage = (evt: StreamMessageEvent): void => {
    queue.push(evt.data)
    backlog.put(evt.data)

    if (backlog.cost > stream.maxReadBufferLength) {
      const limit = stream.maxReadBufferLength * (backlog.isStalled ? 1 : SLOW_READER_ALLOWANCE)

      if (backlog.cost > limit) {
        stream.abort(new StreamBufferError(`The reader of the stream left ${backlog.cost} bytes unread, the limit is ${limit}`))
      }
    }

    wake()
  }
  const onEnd = (): void => { wake() }

  stream.addEventListener('message', onMessage)
  stream.addEventListener('remoteCloseWrite', onEnd)
  stream.addEventListener('close', onEnd)

  try {
    while (true) {
      const data = queue.shift()

      if (data != null) {
        backlog.take(data)
        yield data
      } else if (stream.readBufferLength === 0 && stream.failure != null) {
        throw stream.failure
      } else if (stream.readBufferLength === 0 && (stream.remoteWriteStatus === 'closed' || stream.status !== 'open')) {
        return
      } else {
        await sleep()
      }
    }
  } finally {
    queue.forEach(data => { backlog.take(data) })
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('remoteCloseWrite', onEnd)
    stream.removeEventListener('close', onEnd)
  }
}
