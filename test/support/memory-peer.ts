/**
 * Two ends of a connection in memory, behind the interfaces of `src/ports.ts`.
 *
 * What one end sends arrives at the other in order, later: by itself in the next
 * turn of the event loop, or one by one when a test asks for it. As with SCTP, an
 * id is free again when both ends have reset it.
 */
import { ChannelClosedError, ChannelLimitError } from '../../src/errors.ts'
import type { Channel, ChannelHandler, Path, Peer, PeerHandler } from '../../src/ports.ts'

export interface MemoryPairInit {
  /**
   * Deliver by itself?
   *
   * @default true
   */
  automatic?: boolean

  /**
   * @default 65533
   */
  maxChannelId?: number

  /**
   * How many bytes a channel holds before it asks the sender to wait
   *
   * @default 65536
   */
  highWaterMark?: number

  /**
   * How many bytes the stack sends and keeps until they are acknowledged
   *
   * @default 0
   */
  sendBufferSize?: number

  /**
   * Does the stack choose the ids of channels?
   *
   * @default false
   */
  choosesIds?: boolean
}

type Packet =
  { type: 'open', id: number } |
  { type: 'message', id: number, data: Uint8Array } |
  { type: 'reset', id: number } |
  { type: 'end' }

export function memoryPair (init: MemoryPairInit = {}): [MemoryPeer, MemoryPeer] {
  const a = new MemoryPeer(true, init)
  const b = new MemoryPeer(false, init)
  a.remote = b
  b.remote = a

  return [a, b]
}

/**
 * A channel with the handlers of both of its ends to be attached
 */
export function memoryChannelPair (init: MemoryPairInit = {}): [Channel, Channel, MemoryPeer, MemoryPeer] {
  const [a, b] = memoryPair(init)

  return [a.handshakeChannel, b.handshakeChannel, a, b]
}

export class MemoryPeer implements Peer {
  readonly handshakeChannel: MemoryChannel
  readonly maxChannelId: number
  readonly version = 1
  readonly opensEvenIds: boolean
  readonly choosesIds: boolean
  readonly highWaterMark: number
  readonly channels = new Map<number, MemoryChannel>()
  remote?: MemoryPeer
  readonly maxChunkSize = 1_144
  readonly sendBufferSize: number
  readonly holdsUnacknowledged = true
  readonly noticesSilence = true

  /**
   * On which channels, where that is not the one of the handshake
   */
  readonly nudges: Array<number | undefined> = []
  private received = 0
  private sent = 0

  /**
   * What is on its way from here, behind what has arrived: with 100,000 packets,
   * `shift()` would move them all each time
   */
  private readonly outgoing: Packet[] = []
  private arrived = 0

  /**
   * Every message that was ever sent from here
   */
  readonly log: Uint8Array[] = []

  /**
   * How long what is sent from here is on its way, in ms
   */
  delay: () => number = () => 0

  private readonly automatic: boolean
  private handler?: PeerHandler
  private isScheduled = false
  isClosed = false

  constructor (opensEvenIds: boolean, init: MemoryPairInit) {
    this.opensEvenIds = opensEvenIds
    this.choosesIds = init.choosesIds ?? false
    this.sendBufferSize = init.sendBufferSize ?? 0
    this.automatic = init.automatic ?? true
    this.maxChannelId = init.maxChannelId ?? 65_533
    this.highWaterMark = init.highWaterMark ?? 65_536
    this.handshakeChannel = new MemoryChannel(0, this)
    this.channels.set(0, this.handshakeChannel)
  }

  async connected (): Promise<void> {}

  localFingerprint (): Uint8Array {
    return new Uint8Array(32).fill(this.opensEvenIds ? 1 : 2)
  }

  remoteFingerprint (): Uint8Array {
    return new Uint8Array(32).fill(this.opensEvenIds ? 2 : 1)
  }

  phase (): 'sctp' {
    return 'sctp'
  }

  remoteEndpoint (): undefined {}

  async path (): Promise<Path> {
    return {}
  }

  rtt (): undefined {}

  acknowledged (): undefined {}

  bytesReceived (): number {
    return this.received
  }

  bytesSent (): number {
    return this.sent
  }

  nudge (channel?: Channel): void {
    this.nudges.push(channel?.id)
  }

  attach (handler: PeerHandler): void {
    this.handler = handler
  }

  openChannel (id: number = this.lowestFreeId()): Channel {
    if (this.isClosed) {
      throw new ChannelClosedError('The connection is closed')
    }

    if (this.channels.has(id)) {
      throw new Error(`Channel ${id} is in use`)
    }

    const channel = new MemoryChannel(id, this)
    this.channels.set(id, channel)
    this.transmit({ type: 'open', id })

    return channel
  }

  private lowestFreeId (): number {
    for (let id = this.opensEvenIds ? 2 : 1; id <= this.maxChannelId; id += 2) {
      if (!this.channels.has(id)) {
        return id
      }
    }

    throw new ChannelLimitError('Too many channels')
  }

  async close (): Promise<void> {
    const wasClosed = this.isClosed
    this.isClosed = true
    this.handler = undefined
    this.channels.clear()

    if (!wasClosed) {
      this.transmit({ type: 'end' })
    }
  }

  /**
   * The connection is gone: nothing can be sent any more, and whoever is attached is
   * told in the next turn, unless it is closed before
   */
  lose (err?: Error): void {
    if (!this.isClosed) {
      this.isClosed = true
      setImmediate(() => { this.end(err) })
    }
  }

  private end (err?: Error): void {
    const handler = this.handler
    const channels = [...this.channels.values()]
    this.isClosed = true
    this.channels.clear()
    channels.forEach(channel => { channel.onRemoteClosed('connection-lost', err) })
    handler?.onClosed(err)
  }

  transmit (packet: Packet): void {
    this.outgoing.push(packet)

    if (packet.type === 'message') {
      this.log.push(packet.data)
    }

    if (this.automatic && !this.isScheduled) {
      this.isScheduled = true
      const delay = this.delay()

      if (delay > 0) {
        setTimeout(() => { this.deliverAll() }, delay).unref()
      } else {
        setImmediate(() => { this.deliverAll() })
      }
    }
  }

  /**
   * Delivers everything that is on its way from here
   */
  deliverAll (): void {
    this.isScheduled = false

    // what is sent in answer goes the next time
    for (let count = this.outgoing.length - this.arrived; count > 0; count--) {
      this.deliver()
    }
  }

  /**
   * Delivers the oldest packet that is on its way from here. Returns `false` if
   * there was none.
   */
  deliver (): boolean {
    if (this.arrived === this.outgoing.length) {
      return false
    }

    const packet = this.outgoing[this.arrived++]

    if (this.arrived === this.outgoing.length) {
      this.outgoing.length = 0
      this.arrived = 0
    }

    this.remote?.receive(packet)

    if (packet.type === 'message') {
      this.sent += packet.data.byteLength
      this.channels.get(packet.id)?.onDelivered(packet.data.byteLength)
    }

    return true
  }

  private receive (packet: Packet): void {
    if (this.isClosed) {
      return
    }

    if (packet.type === 'end') {
      this.end()
      return
    }

    if (packet.type === 'open') {
      if (this.channels.has(packet.id)) {
        throw new Error(`The remote opened channel ${packet.id} before it was closed at this end`)
      }

      const channel = new MemoryChannel(packet.id, this)
      this.channels.set(packet.id, channel)
      this.handler?.onChannel(channel)

      return
    }

    const channel = this.channels.get(packet.id)

    if (packet.type === 'message') {
      this.received += packet.data.byteLength
      channel?.onMessage(packet.data)
    } else if (channel != null) {
      this.channels.delete(packet.id)
      channel.onRemoteClosed('channel-closed')
    }
  }
}

class MemoryChannel implements Channel {
  readonly id: number
  readonly reliable = true
  maxBufferedAmount: number
  private readonly peer: MemoryPeer
  private handler?: ChannelHandler
  private readonly early: Uint8Array[] = []
  private earlyClose?: Parameters<ChannelHandler['onClosed']>
  private isClosed = false
  private buffered = 0
  private wantsDrain = false

  constructor (id: number, peer: MemoryPeer) {
    this.id = id
    this.peer = peer
    this.maxBufferedAmount = peer.highWaterMark
  }

  attach (handler: ChannelHandler): void {
    this.handler = handler

    queueMicrotask(() => {
      this.early.splice(0).forEach(data => { handler.onMessage(data) })

      if (this.earlyClose != null) {
        handler.onClosed(...this.earlyClose)
      }
    })
  }

  send (message: Uint8Array): boolean {
    if (this.isClosed || this.peer.isClosed) {
      throw new ChannelClosedError('The channel is closed')
    }

    this.buffered += message.byteLength
    this.peer.transmit({ type: 'message', id: this.id, data: message.slice() })
    this.wantsDrain ||= this.buffered >= this.maxBufferedAmount

    return !this.wantsDrain
  }

  bufferedAmount (): number {
    return this.buffered
  }

  expectNoMore (): void {}

  close (): void {
    if (!this.isClosed) {
      this.isClosed = true
      this.handler = undefined

      if (!this.peer.isClosed) {
        this.peer.transmit({ type: 'reset', id: this.id })
      }
    }
  }

  onMessage (data: Uint8Array): void {
    if (this.handler != null && this.early.length === 0) {
      this.handler.onMessage(data)
    } else if (!this.isClosed) {
      this.early.push(data)
    }
  }

  onDelivered (bytes: number): void {
    this.buffered -= bytes

    if (this.wantsDrain && this.buffered === 0) {
      this.wantsDrain = false
      this.handler?.onDrain()
    }
  }

  onRemoteClosed (...how: Parameters<ChannelHandler['onClosed']>): void {
    if (this.isClosed) {
      return
    }

    if (how[0] === 'channel-closed') {
      this.peer.transmit({ type: 'reset', id: this.id })
    }

    this.isClosed = true

    if (this.handler == null) {
      this.earlyClose = how
    } else {
      this.handler.onClosed(...how)
    }
  }
}
