/**
 * Pings for as long as it is wanted.
 */
import { TimeoutError } from '@libp2p/interface'
import { PING_PROTOCOL } from '@libp2p/ping'
import { PingStream } from '../../src/cli/ping-stream.ts'
import { systemClock } from '../../src/clock.ts'
import type { Ping } from './ping-window.ts'
import type { Clock } from '../../src/clock.ts'
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

  clock?: Clock
}

/**
 * Pings until the signal aborts. A peer that answers no pings at all is asked
 * once.
 *
 * @throws {UnsupportedProtocolError} if the peer does not serve the protocol
 */
export async function keepPinging ({ open, onPing, interval = INTERVAL, timeout = TIMEOUT, clock = systemClock }: PingerInit, signal: AbortSignal): Promise<void> {
  const stream = new PingStream(async (signal) => open(PING_PROTOCOL, signal))

  while (!signal.aborted) {
    const time = clock.now()
    const deadline = new AbortController()
    const cancel = clock.after(timeout, () => { deadline.abort(new TimeoutError(`There was no answer within ${timeout} ms`)) })

    try {
      const rtt = await stream.ping(AbortSignal.any([signal, deadline.signal]))
      onPing({ time, rtt })
    } catch (err: any) {
      if (signal.aborted) {
        break
      }

      if (err.name === 'UnsupportedProtocolError') {
        throw err
      }

      onPing({ time }, err)
    } finally {
      cancel()
    }

    await pause(time + interval - clock.now(), clock, signal)
  }

  await stream.close(AbortSignal.timeout(timeout)).catch(() => {})
}

/**
 * Waits so long, in ms, or until the signal aborts
 */
async function pause (ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return
  }

  const over = Promise.withResolvers<void>()
  const onAbort = (): void => { over.resolve() }
  const cancel = clock.after(Math.max(1, ms), over.resolve)
  signal.addEventListener('abort', onAbort)

  await over.promise
  signal.removeEventListener('abort', onAbort)
  cancel()
}
