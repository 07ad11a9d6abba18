import type { Logger } from '@libp2p/interface'
import type { PeerConnection } from 'node-datachannel'

/**
 * How long to wait for the stack to say that a connection is freed, in ms
 */
const TIMEOUT = 2_000

/**
 * Gives a connection back to the stack
 */
export class Release {
  private readonly native: PeerConnection
  private readonly log: Logger
  private readonly freed = Promise.withResolvers<void>()

  constructor (native: PeerConnection, log: Logger) {
    this.native = native
    this.log = log
  }

  /**
   * Resolves when the stack is done
   */
  get done (): Promise<void> {
    return this.freed.promise
  }

  start (): void {
    const timer = setTimeout(() => {
      this.log('the peer connection was not freed in time')
      this.freed.resolve()
    }, TIMEOUT)
    timer.unref()

    void this.done.then(() => { clearTimeout(timer) })

    try {
      this.native.close()
    } catch (err) {
      this.log('could not close the peer connection - %e', err)
    }
  }

  /**
   * The stack says that it is done
   */
  onDone (): void {
    this.freed.resolve()
  }
}
