/**
 * What has been sent and received on the channels of a connection, counted here:
 * browsers tell it only when they are asked, later, and forget closed channels.
 */
import type { BrowserChannel } from './channel.ts'

export class Traffic {
  private received = 0
  private handedOver = 0
  private sent = 0

  // those that may hold something that was not sent
  private readonly sending = new Set<BrowserChannel>()

  onReceived (bytes: number): void {
    this.received += bytes
  }

  /**
   * The browser has taken so many bytes
   */
  onHandedOver (channel: BrowserChannel, bytes: number): void {
    this.handedOver += bytes
    this.sending.add(channel)
  }

  /**
   * The next bytes that are handed over, so many, do not count
   */
  discount (bytes: number): void {
    this.handedOver -= bytes
  }

  /**
   * The channel is closed, and sends nothing any more
   */
  forget (channel: BrowserChannel): void {
    this.sending.delete(channel)
  }

  bytesReceived (): number {
    return this.received
  }

  /**
   * What has left the queues of the channels. In Chromium it is in the network, or
   * has arrived: there is no buffer behind them.
   */
  bytesSent (): number {
    let waiting = 0

    for (const channel of this.sending) {
      const unsent = channel.unsent()
      waiting += unsent

      if (unsent === 0) {
        this.sending.delete(channel)
      }
    }

    // a channel keeps what it held when it is closed
    this.sent = Math.max(this.sent, this.handedOver - waiting)

    return this.sent
  }
}
