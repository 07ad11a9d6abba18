import { ConnectionClosedError } from '@libp2p/interface'
import { systemClock } from './clock.ts'
import { WebRTCDirectConnection } from './connection.ts'
import { onIdentified } from './identified.ts'
import { registerStats } from './stats.ts'
import { DataChannelMuxerFactory } from './streams/muxer-factory.ts'
import { Tally } from './streams/tally.ts'
import type { IdentifyComponents } from './identified.ts'
import type { TransportMetrics } from './metrics.ts'
import type { Options } from './options.ts'
import type { Peer } from './ports.ts'
import type { StatsSource } from './stats.ts'
import type { ChannelUse } from './streams/tally.ts'
import type { Logger, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface PendingConnectionInit {
  components: Pick<StatsSource, 'peerStore'>
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

  /**
   * There is none any more, and why, if the remote did not close it
   */
  private ended?: { err?: Error }

  constructor (peer: Peer, init: PendingConnectionInit) {
    this.peer = peer
    this.init = init
    this.muxerFactory = new DataChannelMuxerFactory({
      peer,
      ...init.options.streams,
      negotiates: true,
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
      onClosed: (err) => {
        this.ended = { err }
        this.maConn?.onPeerClosed(err)
      }
    })
  }

  /**
   * The handshake channel stays open until the remote closes it or the connection
   * ends: rust-libp2p fails when it is closed from here. What happens on it does
   * not matter any more.
   */
  leaveHandshake (): void {
    const onSign = (): void => { this.onSign() }

    // its close announces the end of the connection, and is to be seen at once
    this.peer.handshakeChannel.expectNoMore()

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

    const cancel = systemClock.after(timeout, this.remoteReady.resolve)
    void this.remoteReady.promise.then(cancel)
    this.maConn?.addEventListener('close', cancel)
  }

  /**
   * Streams heed what identify tells
   */
  expectIdentify (components: IdentifyComponents, remotePeer: PeerId): void {
    const stop = onIdentified(components, remotePeer, remote => { this.muxerFactory.remoteIs(remote) })
    this.maConn?.addEventListener('close', stop)
  }

  /**
   * @throws {ConnectionClosedError} or why it was lost, if there is none any more
   */
  throwIfEnded (message: string): void {
    if (this.ended != null) {
      throw this.ended.err ?? new ConnectionClosedError(message)
    }
  }

  private onSign (): void {
    if (this.isExpected) {
      this.remoteReady.resolve()
    }
  }

  private observe (maConn: WebRTCDirectConnection, direction: 'inbound' | 'outbound'): void {
    const { peer, tally, muxerFactory, init } = this
    const use = (): ChannelUse => muxerFactory.use()
    const closed = init.metrics?.opened({ direction, tally, use })

    registerStats(maConn, { peer, tally, use, maxMessageSize: () => muxerFactory.maxMessageSize, peerStore: init.components.peerStore })
    maConn.addEventListener('close', ({ error }) => { closed?.(maConn.endedBy, error) })
  }

  /**
   * @throws {ConnectionClosedError} or why it was lost, if that happened before:
   * nobody would tell libp2p
   */
  createConnection (direction: 'inbound' | 'outbound', remoteAddr: Multiaddr, log: Logger): WebRTCDirectConnection {
    this.throwIfEnded('The remote closed the connection as soon as the handshake was over')

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
