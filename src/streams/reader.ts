import { StreamBufferError } from '@libp2p/interface'
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

  /**
   * How many bytes were given to the reader, who has not taken them
   */
  queuedLength: number
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
export async function * readToEnd (stream: Readable, clock: Clock): AsyncGenerator<Uint8Array | Uint8ArrayList> {
  if (stream.readStatus !== 'readable' && stream.readStatus !== 'paused') {
    return
  }

  const queue: Array<Uint8Array | Uint8ArrayList> = []
  let lastTaken = clock.now()
  let wake = (): void => {}

  const sleep = async (): Promise<void> => new Promise(resolve => { wake = resolve })
  const onMessage = (evt: StreamMessageEvent): void => {
    queue.push(evt.data)
    stream.queuedLength += evt.data.byteLength

    if (stream.queuedLength > stream.maxReadBufferLength) {
      const limit = stream.maxReadBufferLength * (clock.now() - lastTaken > STALLED_AFTER ? 1 : SLOW_READER_ALLOWANCE)

      if (stream.queuedLength > limit) {
        stream.abort(new StreamBufferError(`The reader of the stream left ${stream.queuedLength} bytes unread, the limit is ${limit}`))
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
        stream.queuedLength -= data.byteLength
        lastTaken = clock.now()
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
    stream.queuedLength -= queue.reduce((sum, { byteLength }) => sum + byteLength, 0)
    stream.removeEventListener('message', onMessage)
    stream.removeEventListener('remoteCloseWrite', onEnd)
    stream.removeEventListener('close', onEnd)
  }
}
