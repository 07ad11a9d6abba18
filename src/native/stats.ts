/**
 * What the stack tells of a connection. Nothing throws: it tells nothing once the
 * connection is freed.
 */
import { plainHost } from './host.ts'
import type { Path, SocketAddress } from '../ports.ts'
import type { PeerConnection } from 'node-datachannel'

/**
 * For how long the round trip time is not asked for again, in ms: it is an average, and
 * the question waits for a lock that SCTP holds while it sends
 */
const RTT_AGE = 20

export class Stats {
  private readonly native: PeerConnection
  private received = 0
  private sent = 0
  private discounted = 0
  private channelIds = 0
  private lastRtt?: number
  private rttAskedAt = -Infinity

  constructor (native: PeerConnection) {
    this.native = native
  }

  bytesReceived (): number {
    // the stack forgets it when the association ends
    this.received = Math.max(this.received, this.ask(native => native.bytesReceived()) ?? 0)

    return this.received
  }

  bytesSent (): number {
    // what does not count may wait until the stack takes it
    this.sent = Math.max(this.sent, (this.ask(native => native.bytesSent()) ?? 0) - this.discounted)

    return this.sent
  }

  /**
   * The next bytes that are sent, so many, do not count
   */
  discount (bytes: number): void {
    this.discounted += bytes
  }

  rtt (): number | undefined {
    const now = performance.now()

    if (now - this.rttAskedAt >= RTT_AGE) {
      const rtt = this.ask(native => native.rtt())
      this.lastRtt = rtt == null || rtt < 0 ? undefined : rtt
      this.rttAskedAt = now
    }

    return this.lastRtt
  }

  maxChannelId (): number {
    this.channelIds = this.ask(native => native.maxDataChannelId()) ?? this.channelIds

    return this.channelIds
  }

  /**
   * The remote end of the selected pair
   */
  remoteEndpoint (): SocketAddress | undefined {
    return socketAddress(this.selectedPair()?.remote)
  }

  path (): Path {
    const pair = this.selectedPair()

    return { rtt: this.rtt(), local: socketAddress(pair?.local), remote: socketAddress(pair?.remote) }
  }

  state (): string {
    return this.ask(native => native.state()) ?? 'closed'
  }

  iceState (): string {
    return this.ask(native => native.iceState()) ?? 'closed'
  }

  private selectedPair (): ReturnType<PeerConnection['getSelectedCandidatePair']> | undefined {
    return this.ask(native => native.getSelectedCandidatePair())
  }

  ask <T> (question: (native: PeerConnection) => T): T | undefined {
    try {
      return question(this.native)
    } catch {
      // freed
    }
  }
}

function socketAddress (candidate?: { address: string, port: number }): SocketAddress | undefined {
  return candidate == null || candidate.port === 0 ? undefined : { host: plainHost(candidate.address), port: candidate.port }
}
