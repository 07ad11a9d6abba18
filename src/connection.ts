import { UnsupportedOperationError } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import { raceSignal } from 'race-signal'
import type { Peer } from './ports.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { AbstractMultiaddrConnectionInit, SendResult } from '@libp2p/utils'

/**
 * Closing a connection throws away what is in flight. Every stream has been
 * acknowledged then, but our own last acknowledgements may still be on their
 * way: they get two round trips, within these bounds, in ms.
 */
const MIN_LINGER = 20
const MAX_LINGER = 1_000

export interface WebRTCDirectConnectionInit extends Omit<AbstractMultiaddrConnectionInit, 'name'> {
  peer: Peer

  /**
   * When the last stream ended
   */
  lastStreamEnd (): number
}

/**
 * The connection as libp2p sees it. It carries no bytes of its own: streams are
 * data channels (`muxer.ts`).
 */
export class WebRTCDirectConnection extends AbstractMultiaddrConnection {
  private readonly peer: Peer
  private readonly lastStreamEnd: () => number

  constructor (init: WebRTCDirectConnectionInit) {
    super(init)

    this.peer = init.peer
    this.lastStreamEnd = init.lastStreamEnd
  }

  /**
   * The remote closed the connection, or it was lost
   */
  onPeerClosed (err?: Error): void {
    if (err == null) {
      this.onTransportClosed()
    } else {
      this.abort(err)
    }
  }

  sendData (): SendResult {
    throw new UnsupportedOperationError('A WebRTC connection carries no data outside of its streams')
  }

  /**
   * Ends the connection after its streams, as `close()` does, with an error
   * that says why
   */
  async retire (err: Error): Promise<void> {
    await this.linger()
    this.abort(err)
  }

  async sendClose (options?: AbortOptions): Promise<void> {
    await this.linger(options)
    await raceSignal(this.peer.close(), options?.signal)
  }

  private async linger (options?: AbortOptions): Promise<void> {
    const linger = this.lastStreamEnd() + Math.min(Math.max((this.peer.rtt() ?? 0) * 2, MIN_LINGER), MAX_LINGER) - Date.now()

    if (linger > 0) {
      await raceSignal(new Promise<void>(resolve => { setTimeout(resolve, linger) }), options?.signal)
    }
  }

  sendReset (): void {
    void this.peer.close()
  }

  sendPause (): void {
    // nothing to pause
  }

  sendResume (): void {
    // nothing to resume
  }
}
