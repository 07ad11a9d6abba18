import { WebRTCDirectConnection } from './connection.ts'
import { DataChannelMuxerFactory } from './streams/muxer-factory.ts'
import { Tally } from './streams/tally.ts'
import type { TransportMetrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { Peer } from './ports.ts'
import type { ChannelUse } from './streams/tally.ts'
import type { Logger } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface PendingConnectionInit {
  options: Options
  metrics?: TransportMetrics
}

/**
 * A peer connection, and what libp2p gets of it
 */
export class PendingConnection {
  readonly peer: Peer
  readonly tally = new Tally()
  readonly muxerFactory: DataChannelMuxerFactory
  private readonly init: PendingConnectionInit
  maConn?: WebRTCDirectConnection
  private readonly remoteReady = Promise.withResolvers<void>()
  private isExpected = false

  constructor (peer: Peer, init: PendingConnectionInit) {
    this.peer = peer
    this.init = init
    this.muxerFactory = new DataChannelMuxerFactory({
      peer,
      ...init.options.streams,
      tally: this.tally,
      observer: init.metrics,
      remoteReady: this.remoteReady.promise,
      onIdsUsedUp: (err) => { void this.maConn?.retire(err) },
      onLost: (err) => { this.maConn?.onPeerClosed(err) }
    })

    // the remote may open streams before the handshake is over at this end
    peer.attach({
      onChannel: (channel) => {
        this.onSign()
        this.muxerFactory.onChannel(channel)
      },
      onClosed: (err) => { this.maConn?.onPeerClosed(err) }
    })
  }

  /**
   * The handshake channel stays open until the remote closes it or the connection
   * ends: rust-libp2p fails when it is closed from here. What happens on it does
   * not matter any more.
   */
  leaveHandshake (): void {
    const onSign = (): void => { this.onSign() }

    this.peer.handshakeChannel.attach({
      onMessage: onSign,
      onViolation () {},
      onDrain () {},
      onClosed: onSign
    })
  }

  /**
   * From here on the remote shows that it takes channels, or does so after a
   * time, in ms
   */
  expectReady (timeout: number): void {
    this.isExpected = true

    if (timeout === 0) {
      this.remoteReady.resolve()
      return
    }

    const timer = setTimeout(this.remoteReady.resolve, timeout)
    void this.remoteReady.promise.then(() => { clearTimeout(timer) })
  }

  private onSign (): void {
    if (this.isExpected) {
      this.remoteReady.resolve()
    }
  }

  private observe (maConn: WebRTCDirectConnection, direction: 'inbound' | 'outbound'): void {
    const { tally, muxerFactory, init } = this
    const use = (): ChannelUse => muxerFactory.use()
    const closed = init.metrics?.opened({ direction, tally, use })

    maConn.addEventListener('close', ({ error }) => { closed?.(maConn.endedBy, error) })
  }

  createConnection (direction: 'inbound' | 'outbound', remoteAddr: Multiaddr, log: Logger): WebRTCDirectConnection {
    this.maConn = new WebRTCDirectConnection({
      peer: this.peer,
      remoteAddr,
      direction,
      log: log.newScope('connection'),
      linger: () => this.muxerFactory.linger()
    })
    this.observe(this.maConn, direction)

    return this.maConn
  }
}
