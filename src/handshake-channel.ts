import type { Channel, ChannelHandler } from './ports.ts'

/**
 * The channel of the Noise handshake at the end that sends its last message:
 * what is sent after the answer of the remote waits for `release()`. The remote
 * can't finish its handshake before that.
 */
export class HandshakeChannel implements Channel {
  private readonly channel: Channel
  private state: 'asking' | 'answered' | 'released' = 'asking'
  private held: Uint8Array[] = []

  constructor (channel: Channel) {
    this.channel = channel
  }

  get id (): number {
    return this.channel.id
  }

  get reliable (): boolean | undefined {
    return this.channel.reliable
  }

  get maxBufferedAmount (): number {
    return this.channel.maxBufferedAmount
  }

  set maxBufferedAmount (bytes: number) {
    this.channel.maxBufferedAmount = bytes
  }

  attach (handler: ChannelHandler): void {
    this.channel.attach({
      onMessage: (data) => {
        if (this.state === 'asking') {
          this.state = 'answered'
        }

        handler.onMessage(data)
      },
      onViolation: (err) => { handler.onViolation(err) },
      onDrain: () => { handler.onDrain() },
      onClosed: (reason, err) => { handler.onClosed(reason, err) }
    })
  }

  send (message: Uint8Array): boolean {
    if (this.state !== 'answered') {
      return this.channel.send(message)
    }

    this.held.push(message.slice())

    return true
  }

  bufferedAmount (): number {
    return this.channel.bufferedAmount() + this.held.reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  /**
   * Sends what was held
   *
   * @throws {ChannelClosedError} if the channel is closed
   */
  release (): void {
    const held = this.held
    this.held = []
    this.state = 'released'

    for (const message of held) {
      this.channel.send(message)
    }
  }

  expectNoMore (): void {
    this.channel.expectNoMore()
  }

  close (): void {
    this.held = []
    this.channel.close()
  }
}
