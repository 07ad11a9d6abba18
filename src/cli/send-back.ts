/**
 * The protocols `/echo/1.0.0` and `/ipfs/ping/1.0.0`, as they are served.
 */
import type { Stream } from '@libp2p/interface'

export const ECHO_PROTOCOL = '/echo/1.0.0'

/**
 * How many bytes a dialer may be ahead of what it reads before its stream is
 * reset: data channels have no flow control by stream
 */
const MAX_AHEAD = 16 * 1024 * 1024

/**
 * Sends what arrives back while it arrives, and ends the stream when the remote
 * has ended it
 */
export async function sendBack (stream: Stream): Promise<void> {
  stream.maxReadBufferLength = MAX_AHEAD

  try {
    for await (const chunk of stream) {
      if (!stream.send(chunk)) {
        await stream.onDrain()
      }
    }

    await stream.close()
  } catch (err: any) {
    stream.abort(err)
  }
}
