/**
 * Follows the states of a connection, from the first candidate to the end.
 */
import { ConnectionLostError } from '../errors.ts'
import { guard } from '../guard.ts'
import { Association } from './association.ts'
import { endingOf, statesOf } from './ending.ts'
import { isRestricted } from './refusal.ts'
import type { Ending } from './ending.ts'
import type { Progress } from './progress.ts'
import type { Clock } from '../clock.ts'
import type { Logger } from '@libp2p/interface'

/**
 * How long a browser gets to try an address that some browsers refuse, in ms. They
 * don't say that they do, and on a busy machine one takes half a second to begin.
 */
const TRY_TIMEOUT = 1_000

/**
 * When to see whether a remote that has closed the handshake channel has closed the
 * connection as well, in ms. This package does so 50 ms later, litep2p never.
 */
const LOOKS_AFTER_HANDSHAKE_CHANNEL = [100, 1_000]

export interface WatchInit {
  pc: RTCPeerConnection
  log: Logger
  clock: Clock
  host: string
  port: number
  progress: Progress

  /**
   * Ids of channels that are used for nothing else
   */
  spareIds: readonly number[]

  /**
   * The connection can't be made
   */
  onFailed (err: Error): void

  /**
   * The connection that was up has ended: the remote has closed it, unless it was
   * lost
   */
  onEnded (lost?: ConnectionLostError): void
}

export class Watch {
  private readonly init: Omit<WatchInit, 'pc'>
  private readonly association: Association
  private isUp = false
  private looksForEnd = false
  private pc?: RTCPeerConnection
  private disconnectedAt?: number
  private cancelTry?: () => void

  constructor ({ pc, ...init }: WatchInit) {
    const { clock, spareIds: ids } = init

    this.init = init
    this.pc = pc
    this.association = new Association({ pc, clock, ids, onGone: () => { this.end('closed') } })
    pc.onconnectionstatechange = pc.oniceconnectionstatechange = this.look
  }

  /**
   * Both descriptions are set
   */
  onDescribed (): void {
    const { clock, host, port, progress, onFailed } = this.init
    const { sctp } = this.pc ?? {}

    if (this.pc == null) {
      return
    }

    if (sctp != null) {
      sctp.onstatechange = sctp.transport.onstatechange = this.look
    }

    if (isRestricted(host, port)) {
      this.cancelTry = clock.after(TRY_TIMEOUT, () => {
        if (progress.at === 'new') {
          onFailed(progress.refused())
        }
      })
    }

    this.look()
  }

  /**
   * Channels can carry messages
   */
  onUp (): void {
    this.isUp = true
    this.cancelTry?.()
  }

  /**
   * A channel is about to be open
   */
  onChannel (channel: RTCDataChannel): void {
    this.association.expectOpen(channel)
  }

  /**
   * The browser has closed a channel because something went wrong
   */
  onChannelFailed (): void {
    this.association.look()
  }

  /**
   * The remote has closed the handshake channel, or the browser has, too. Its id, which
   * is free then, is not used again.
   */
  onHandshakeChannelClosed (id: number): void {
    this.association.reserve(id)

    if (!this.looksForEnd) {
      this.looksForEnd = true
      LOOKS_AFTER_HANDSHAKE_CHANNEL.forEach(delay => { this.association.lookIn(delay) })
    }
  }

  stop (): void {
    const { pc } = this
    this.pc = undefined
    this.cancelTry?.()
    this.association.stop()

    if (pc != null) {
      pc.onconnectionstatechange = pc.oniceconnectionstatechange = null
    }

    if (pc?.sctp != null) {
      pc.sctp.onstatechange = pc.sctp.transport.onstatechange = null
    }
  }

  private readonly look = (): void => {
    guard(this.init.log, () => { this.follow() })()
  }

  private follow (): void {
    const { log, clock, progress, onFailed } = this.init

    if (this.pc == null) {
      return
    }

    const states = statesOf(this.pc)
    const ending = endingOf(states)
    log.trace('peer connection is %s, ICE %s, DTLS %s, SCTP %s', states.connection, states.ice, states.dtls, states.sctp)

    if (!this.isUp) {
      const failure = progress.update(states)

      if (failure != null) {
        onFailed(failure)
      }
    } else if (ending != null) {
      this.end(ending)
    } else if (states.ice !== 'disconnected') {
      this.disconnectedAt = undefined
    } else if (this.disconnectedAt == null) {
      this.disconnectedAt = clock.now()
      this.association.look()
    }
  }

  private end (ending: Ending): void {
    if (!this.isUp || this.pc == null) {
      return
    }

    const now = this.init.clock.now()
    this.stop()
    this.init.onEnded(ending === 'lost' ? new ConnectionLostError(now - (this.disconnectedAt ?? now)) : undefined)
  }
}
