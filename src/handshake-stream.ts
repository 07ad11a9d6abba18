import { guard } from './guard.ts'
import { WebRTCStream } from './streams/stream.ts'
import { setUpTurnstile } from './turnstile.ts'

/**
 * The stream of the Noise handshake: what has arrived is read when it is its turn
 * (`turnstile.ts`)
 */
export class HandshakeStream extends WebRTCStream {
  private isInLine = false

  protected dispatchReadBuffer (): void {
    if (this.isInLine || this.readBuffer.byteLength === 0 || this.listenerCount('message') === 0) {
      return
    }

    this.isInLine = true
    setUpTurnstile.enter(guard(this.log, () => {
      this.isInLine = false
      super.dispatchReadBuffer()
    }))
  }
}
