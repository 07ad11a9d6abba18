import { UnsupportedOperationError } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import { wait } from './clock.ts'
import type { Peer } from './ports.ts'
import type { AbortOptions } from '@libp2p/interface'
import type { AbstractMultiaddrConnectionInit, SendResult } from '@libp2p/utils'

export interface WebRTCDirectConnectionInit extends Omit<AbstractMultiaddrConnectionInit, 'name'> {
  peer: Peer

  /**
   * How long to wait, in ms, before the connection is closed: closing it throws
   * away what is in flight
   */
  linger (): number
}

/**
 * The connection as libp2p sees it. It carries no bytes of its own: streams are
 * data channels (`muxer.ts`).
 */
export class WebRTCDirectConnection extends AbstractMultiaddrConnection {
  private readonly peer: Peer
  private readonly lingerTime: () => number

  /**
   * Who has ended the connection, once it is closed
   */
  endedBy: 'here' | 'remote' = 'here'

  constructor (init: WebRTCDirectConnectionInit) {
    super(init)

    this.peer = init.peer
    this.lingerTime = init.linger
  }

  /**
   * The remote closed the connection, or it was lost
   */
  onPeerClosed (err?: Error): void {
    if (err == null) {
      this.endedBy = this.status === 'open' ? 'remote' : 'here'
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
    // who does not want to wait for what is in flight gets the end at once
    await this.linger(options).catch(err => { this.log('closed before what was sent last may have arrived - %e', err) })
    await this.peer.close()
  }

  /**
   * Waits for nothing where the connection ends meanwhile
   */
  private async linger ({ signal }: AbortOptions = {}): Promise<void> {
    const over = new AbortController()
    this.addEventListener('close', () => { over.abort() }, { once: true })

    try {
      await wait(this.lingerTime(), signal == null ? over.signal : AbortSignal.any([signal, over.signal]))
    } catch (err) {
      if (!over.signal.aborted) {
        throw err
      }
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
