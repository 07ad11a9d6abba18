/**
 * The asking end of `/ipfs/ping/1.0.0`. It runs in browsers too.
 */
import { randomBytes } from '@libp2p/crypto'
import { ProtocolError } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import { equals } from 'uint8arrays/equals'
import type { Stream } from '@libp2p/interface'
import type { ByteStream } from '@libp2p/utils'

export const PING_LENGTH = 32

/**
 * Keeps one stream for ping after ping, as the specification has it, and opens
 * another where the remote has ended it: js-libp2p does after ten seconds.
 */
export class PingStream {
  private readonly open: (signal: AbortSignal) => Promise<Stream>
  private current?: { stream: Stream, bytes: ByteStream<Stream> }

  constructor (open: (signal: AbortSignal) => Promise<Stream>) {
    this.open = open
  }

  /**
   * Returns the round trip time in ms
   */
  async ping (signal: AbortSignal): Promise<number> {
    const reused = this.current != null

    try {
      return await this.attempt(signal)
    } catch (err) {
      if (!reused || signal.aborted || err instanceof ProtocolError) {
        throw err
      }

      return this.attempt(signal)
    }
  }

  private async attempt (signal: AbortSignal): Promise<number> {
    if (this.current == null) {
      const stream = await this.open(signal)
      this.current = { stream, bytes: byteStream(stream) }
    }

    const { stream, bytes } = this.current

    try {
      const data = randomBytes(PING_LENGTH)
      const start = performance.now()

      await bytes.write(data, { signal })
      const answer = await bytes.read({ bytes: PING_LENGTH, signal })
      const rtt = performance.now() - start

      if (!equals(data, answer.subarray())) {
        throw new ProtocolError('The answer to a ping holds other bytes than were sent')
      }

      return rtt
    } catch (err: any) {
      this.current = undefined
      stream.abort(err)

      throw err
    }
  }

  async close (signal: AbortSignal): Promise<void> {
    await this.current?.stream.close({ signal })
  }
}
