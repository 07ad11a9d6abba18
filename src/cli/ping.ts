/**
 * `webrtc-direct ping`
 */
import { setTimeout as delay } from 'node:timers/promises'
import { PING_PROTOCOL } from '@libp2p/ping'
import { connect, describeConnected } from './connect.ts'
import { formatTime } from './format.ts'
import { startDialer } from './node.ts'
import { describeError } from './output.ts'
import { formatPingHistogram, pingHistogram } from './ping-histogram.ts'
import { formatPingStatistics, pingStatistics } from './ping-statistics.ts'
import { PING_LENGTH, PingStream } from './ping-stream.ts'
import type { DialerOptions } from './node.ts'
import type { Output } from './output.ts'
import type { Multiaddr } from '@multiformats/multiaddr'

// how long the last stream may take to end, in ms
const CLOSE_TIMEOUT = 1_000

export interface PingOptions extends DialerOptions {
  /**
   * How many pings to send, 0 for no end
   */
  count: number

  /**
   * From the start of one ping to the start of the next, in ms
   */
  interval: number

  /**
   * How long to wait for an answer, in ms
   */
  wait: number
}

/**
 * Pings until the count is reached or the signal aborts. Returns whether there
 * was an answer.
 */
export async function ping (address: Multiaddr, options: PingOptions, output: Output, signal: AbortSignal): Promise<boolean> {
  const node = await startDialer(options)

  try {
    const connected = await connect(node, address, { signal })
    const { peerId, connectTime } = connected
    let { connection } = connected

    output.result(`PING ${peerId} via ${connection.remoteAddr}: ${PING_LENGTH} bytes of data, connected in ${formatTime(connectTime)}`, describeConnected('connected', connected))

    const stream = new PingStream(async (signal) => {
      if (connection.status !== 'open') {
        connection = await node.dial(address, { signal })
      }

      return connection.newStream(PING_PROTOCOL, { signal })
    })
    const rtts: number[] = []
    const start = performance.now()
    let transmitted = 0

    for (let seq = 1; options.count === 0 || seq <= options.count; seq++) {
      const sent = performance.now()
      const deadline = AbortSignal.timeout(options.wait)

      try {
        const rtt = await stream.ping(AbortSignal.any([signal, deadline]))

        transmitted++
        rtts.push(rtt)
        output.result(`${PING_LENGTH} bytes from ${peerId}: seq=${seq} time=${formatTime(rtt)}`, {
          event: 'reply',
          peerId,
          seq,
          bytes: PING_LENGTH,
          time: rtt
        })
      } catch (err) {
        if (signal.aborted) {
          break
        }

        const reason = deadline.aborted ? `no answer within ${options.wait / 1000} s` : describeError(err)

        transmitted++
        output.result(`lost seq=${seq}: ${reason}`, { event: 'lost', peerId, seq, reason })
      }

      if (seq !== options.count) {
        const rest = sent + options.interval - performance.now()

        // aborting ends the loop
        await delay(Math.max(0, rest), undefined, { signal }).catch(() => {})
      }

      if (signal.aborted) {
        break
      }
    }

    const statistics = pingStatistics(rtts, transmitted, performance.now() - start)

    const histogram = pingHistogram(rtts)

    output.result(`\n${formatPingStatistics(peerId, statistics)}`, { event: 'summary', peerId, ...statistics, histogram })

    // one answer is not spread
    if (rtts.length > 1) {
      output.people(`\n${formatPingHistogram(histogram)}`)
    }

    await stream.close(AbortSignal.timeout(CLOSE_TIMEOUT)).catch(() => {})

    return rtts.length > 0
  } finally {
    await node.stop()
  }
}
