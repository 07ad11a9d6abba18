/**
 * `webrtc-direct stats`
 */
import { identify } from '@libp2p/identify'
import { getStats } from '../index.ts'
import { connect, describeConnected } from './connect.ts'
import { formatBytes, formatEndpoint, formatTime } from './format.ts'
import { startDialer } from './node.ts'
import type { DialerOptions } from './node.ts'
import type { Output } from './output.ts'
import type { ConnectionStats, SocketAddress } from '../index.ts'
import type { Connection } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

/**
 * Connects, and prints what there is to know of the connection
 */
export async function stats (address: Multiaddr, options: DialerOptions, output: Output, signal: AbortSignal): Promise<void> {
  const node = await startDialer(options, { identify: identify({ runOnConnectionOpen: false }) })

  try {
    const connected = await connect(node, address, { signal })
    const { connection, connectTime } = connected

    try {
      await node.services.identify.identify(connection, { signal: AbortSignal.any([signal, AbortSignal.timeout(options.timeout)]) })
    } catch (err: any) {
      signal.throwIfAborted()
      output.warn(`the peer does not say what it is: ${err.message}`)
    }

    const found = await getStats(connection)

    output.result(formatStats(connection, connectTime, found), { ...describeConnected('stats', connected), ...found })
  } finally {
    await node.stop()
  }
}

export function formatStats ({ remotePeer, remoteAddr }: Pick<Connection, 'remotePeer' | 'remoteAddr'>, connectTime: number, stats: ConnectionStats): string {
  const lines: Array<[string, string | undefined]> = [
    ['peer', remotePeer.toString()],
    ['agent', stats.agent],
    ['address', remoteAddr.toString()],
    ['protocol version', `${stats.version}`],
    ['time to connect', formatTime(connectTime)],
    ['round trip time', stats.roundTripTime == null ? undefined : `${stats.roundTripTime} ms`],
    ['from', formatAddress(stats.localAddress)],
    ['to', formatAddress(stats.remoteAddress)],
    ['sent', `${formatBytes(stats.bytesSent)} in ${stats.framesSent} frames`],
    ['received', `${formatBytes(stats.bytesReceived)} in ${stats.framesReceived} frames`],
    ['channels', Object.entries(stats.channels).map(([state, count]) => `${count} ${state}`).join(', ')],
    ['buffered', formatBytes(stats.bufferedBytes)],
    ['unread', formatBytes(stats.unreadBytes)],
    ['longest message', formatBytes(stats.maxMessageSize)],
    ['local certificate', stats.localFingerprint],
    ['its certificate', stats.remoteFingerprint]
  ]
  const width = Math.max(...lines.map(([label]) => label.length))

  return lines.map(([label, text = 'unknown']) => `${label.padEnd(width)}  ${text}`).join('\n')
}

function formatAddress (address?: SocketAddress): string | undefined {
  return address == null ? undefined : formatEndpoint(address.host, address.port)
}
