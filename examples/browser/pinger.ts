/**
 * Pings for as long as it is wanted.
 */
import { PING_PROTOCOL } from '@libp2p/ping'
import { PingStream } from '../../src/cli/ping-stream.ts'
import type { Ping } from './ping-window.ts'
import type { Stream } from '@libp2p/interface'

/**
 * From one ping to the next, in ms
 */
export const INTERVAL = 250

/**
 * How long to wait for an answer, in ms
 */
const TIMEOUT = 5_000

export interface PingerInit {
  open (protocol: string, signal: AbortSignal): Promise<Stream>

  /**
   * There was an answer, or there is none
   */
  onPing (ping: Ping, error?: unknown): void

  /**
   * In ms
   */
  interval?: number
  timeout?: number
}

/**
 * Pings until the signal aborts. A peer that answers no pings at all is asked
 * once.
 *
 * @throws {UnsupportedProtocolError} if the peer does not serve the protocol
 */
export async function keepPinging ({ open, onPing, interval = INTERVAL, timeout = TIMEOUT }: PingerInit, signal: AbortSignal): Promise<void> {
  const stream = new PingStream(async (signal) => open(PING_PROTOCOL, signal))

  while (!signal.aborted) {
    const time = performance.now()

    try {
      const rtt = await stream.ping(AbortSignal.any([signal, AbortSignal.timeout(timeout)]))
      onPing({ time, rtt })
    } catch (err: any) {
      if (signal.aborted) {
        break
      }

      if (err.name === 'UnsupportedProtocolError') {
        throw err
      }

      onPing({ time }, err)
    }

    await pause(time + interval - performance.now(), signal)
  }

  await stream.close(AbortSignal.timeout(timeout)).catch(() => {})
}

/**
 * Waits so long, in ms, or until the signal aborts
 */
async function pause (ms: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<unknown>()
  const timer = setTimeout(over.resolve, signal.aborted ? 0 : Math.max(0, ms))
  signal.addEventListener('abort', over.resolve)

  await over.promise
  signal.removeEventListener('abort', over.resolve)
  clearTimeout(timer)
}
