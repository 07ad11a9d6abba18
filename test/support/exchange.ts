import { Uint8ArrayList } from 'uint8arraylist'
import type { Stream } from '@libp2p/interface'

/**
 * Reads a stream to its end
 */
export async function readAll (stream: Stream): Promise<Uint8Array> {
  const received = new Uint8ArrayList()

  for await (const data of stream) {
    received.append(data)
  }

  return received.subarray()
}

/**
 * Sends data, half-closes the stream, and reads it to its end
 */
export async function exchange (stream: Stream, data: Uint8Array): Promise<Uint8Array> {
  const reading = readAll(stream)
  stream.send(data)
  await stream.close()

  return reading
}

/**
 * Sends everything back
 */
export async function sendBack (stream: Stream): Promise<void> {
  for await (const chunk of stream) {
    if (!stream.send(chunk)) {
      await stream.onDrain()
    }
  }

  await stream.close()
}
