/**
 * A connection.
 *
 * Objects close what they wrap when they are garbage collected: `sweep.ts` holds
 * the connections, and a connection its channels.
 */
import { ConnectionFailedError } from '@libp2p/interface'
import { ChannelClosedError } from '../errors.ts'
import { guard } from '../guard.ts'
import { Waiting } from '../inbox.ts'
import { EMPTY_FRAME } from '../wire/framing.ts'
import { HOLD_TIMEOUT } from '../wire/message-order.ts'
import { Arrivals } from './arrivals.ts'
import { ChannelSet } from './channel-set.ts'
import { NativeChannel } from './channel.ts'
import { Fingerprints } from './fingerprints.ts'
import { LifeSigns } from './life-signs.ts'
import { Release } from './release.ts'
import { Stats } from './stats.ts'
import { touch, touchChannel, unwatch, wakingTime, watch } from './sweep.ts'
import { NEVER_GIVEN_UP, T3Rtx } from './t3-rtx.ts'
import type { ChannelOwner } from './channel.ts'
import type { Traffic } from './life-signs.ts'
import type { Looked } from './turns.ts'
import type { Channel, Path, Peer, PeerHandler, SocketAddress } from '../ports.ts'
import type { Version } from '../wire/credentials.ts'
import type { Logger } from '@libp2p/interface'
import type { DataChannel, PeerConnection } from 'node-datachannel'

/**
 * How long before the end the remote is told that the connection is closed, in
 * ms: it has to see that in time
 */
const GOODBYE = 50

/**
 * The longest message that usrsctp sends as one DATA chunk is so much shorter than the
 * MTU, in bytes: the headers of IPv6, UDP, DTLS (48), SCTP and the chunk.
 *
 * usrsctp serves the streams of an association one message after the other, but
 * stays with a stream after a message that it had to cut into several chunks
 * (`sctp_ss_default_scheduled` looks before the message is removed): all others
 * wait until that one has nothing left, or sends a message of one chunk.
 */
const HEADERS = 136

/**
 * How many bytes the stack sends and keeps until they are acknowledged: its
 * default
 */
const SEND_BUFFER_SIZE = 1024 * 1024

export interface PeerInit {
  log: Logger
  maxBufferedAmount: number
  mtu: number

  /**
   * How long what follows the first message of a channel is held where the other end
   * is not heard, in ms
   *
   * @default - what suits a remote that answers
   */
  holdTimeout?: number

  /**
   * The remote has answered a connectivity check
   */
  onAnswered? (): void
}

interface NativePeerInit extends PeerInit {
  version: Version
  opensEvenIds: boolean
  native: PeerConnection

  /**
   * The certificates that the remote may present
   *
   * @default - any
   */
  expected?: readonly Uint8Array[]

  /**
   * Sets the two descriptions: the stack starts to send
   */
  describe (native: PeerConnection): void
}

/**
 * - `setup`: until channels can carry messages
 * - `up`
 * - `ending`: the connection is gone, its channels are about to be told
 * - `closed`: from here, or everybody was told
 */
type State = 'setup' | 'up' | 'ending' | 'closed'

export class NativePeer implements Peer, ChannelOwner, Looked {
  readonly handshakeChannel: NativeChannel
  readonly version: Version
  readonly opensEvenIds: boolean
  readonly choosesIds = false
  readonly maxChunkSize: number
  readonly sendBufferSize = SEND_BUFFER_SIZE
  readonly holdsUnacknowledged = true
  readonly noticesSilence = true
  readonly log: Logger
  readonly maxBufferedAmount: number
  readonly holdTimeout: number
  readonly signs: LifeSigns
  readonly arrivals: Arrivals<NativeChannel>
  readonly waiting = new Waiting()
  private readonly native: PeerConnection
  private readonly stats: Stats
  private readonly fingerprints: Fingerprints
  private readonly channels: ChannelSet
  private readonly ready = Promise.withResolvers<void>()
  private readonly release: Release
  private readonly onAnswered?: () => void
  private t3Rtx?: T3Rtx
  private goodbye?: ReturnType<typeof setTimeout>
  private handler?: PeerHandler
  private iceWasConnected = false
  private state: State = 'setup'

  /**
   * @throws {ConnectionFailedError} if the stack refuses
   */
  constructor (init: NativePeerInit) {
    this.log = init.log
    this.version = init.version
    this.opensEvenIds = init.opensEvenIds
    this.maxBufferedAmount = init.maxBufferedAmount
    this.holdTimeout = init.holdTimeout ?? HOLD_TIMEOUT
    this.maxChunkSize = init.mtu - HEADERS
    this.onAnswered = init.onAnswered
    this.ready.promise.catch(() => {})

    this.native = init.native
    this.release = new Release(this.native, this.log)
    this.stats = new Stats(this.native)
    this.fingerprints = new Fingerprints(this.stats, init.expected)
    this.channels = new ChannelSet(this.native, this)
    this.signs = new LifeSigns(() => this.traffic(), wakingTime)
    this.arrivals = new Arrivals<NativeChannel>({
      log: this.log,
      isClosed: () => this.state === 'closed',
      bytesReceived: () => this.bytesReceived(),
      open: channel => { this.open(channel) }
    })

    watch(this)

    try {
      // callbacks that were registered first are called first
      this.native.onIceStateChange(guard(this.log, state => { this.onIceState(state) }))
      this.native.onStateChange(guard(this.log, state => { this.onState(state) }))
      this.native.onDataChannel(guard(this.log, native => { this.onDataChannel(native) }))

      this.handshakeChannel = this.openHandshakeChannel()
      init.describe(this.native)
    } catch (err: any) {
      this.free()
      throw new ConnectionFailedError(`The connection could not be made: ${err.message}`)
    }
  }

  private openHandshakeChannel (): NativeChannel {
    const channel = new NativeChannel({
      native: this.native.createDataChannel('', { negotiated: true, id: 0, maxRetransmits: NEVER_GIVEN_UP }),
      owner: this,
      openedBy: 'both',
      onOpen: () => {
        if (this.state === 'setup') {
          this.state = 'up'
          this.ready.resolve()
        }
      }
    })
    channel.listen()
    this.channels.add(channel)

    return channel
  }

  get maxChannelId (): number {
    return this.stats.maxChannelId()
  }

  async connected (signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()

    const onAbort = (): void => { this.ready.reject(signal.reason) }
    signal.addEventListener('abort', onAbort)

    try {
      await this.ready.promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  phase (): 'ice' | 'dtls' | 'sctp' {
    // what tells of ICE may wait in a queue, and its state ends with the connection
    if (!this.iceWasConnected && !this.fingerprints.isKnown && !isIceConnected(this.stats.iceState())) {
      return 'ice'
    }

    return this.fingerprints.isVerified() ? 'sctp' : 'dtls'
  }

  localFingerprint (): Uint8Array {
    return this.fingerprints.local()
  }

  remoteFingerprint (): Uint8Array | undefined {
    return this.fingerprints.remote()
  }

  remoteEndpoint (): SocketAddress | undefined {
    return this.stats.remoteEndpoint()
  }

  async path (): Promise<Path> {
    return this.stats.path()
  }

  openChannel (id?: number): Channel {
    if (this.state !== 'up') {
      throw new ChannelClosedError('The connection is closed')
    }

    this.signs.onSent()
    this.onTraffic()

    return this.channels.open(id)
  }

  attach (handler: PeerHandler): void {
    this.handler = handler
  }

  rtt (): number | undefined {
    return this.stats.rtt()
  }

  acknowledged (): number | undefined {
    return this.rtt()
  }

  bytesReceived (): number {
    return this.stats.bytesReceived()
  }

  bytesSent (): number {
    return this.stats.bytesSent()
  }

  nudge (channel: Channel = this.handshakeChannel): void {
    if (this.channels.has(channel)) {
      this.stats.discount(EMPTY_FRAME.byteLength)

      // SCTP ends an association where that is not acknowledged
      this.signs.onSent()
      this.sendIfOpen(channel, EMPTY_FRAME)
    }
  }

  allowEmptyFrames (): void {
    this.t3Rtx ??= new T3Rtx({
      now: () => wakingTime.now(),
      sent: () => this.bytesSent(),
      send: frame => { this.sendIfOpen(this.handshakeChannel, frame) }
    })
  }

  private sendIfOpen (channel: Channel, frame: Uint8Array): void {
    try {
      if (this.channels.has(channel)) {
        channel.send(frame)
      }
    } catch (err) {
      // it was closed a moment ago
      this.log.trace('could not send on channel %d - %e', channel.id, err)
    }
  }

  close (): Promise<void> {
    this.handler = undefined

    if (this.state === 'closed') {
      return this.release.done
    }

    if (this.state === 'up' && this.channels.has(this.handshakeChannel)) {
      this.sayGoodbye()
    } else {
      this.free()
    }

    this.ready.reject(new ConnectionFailedError('The connection was closed'))

    return this.release.done
  }

  /**
   * The remote can't tell from the end of the association alone that it was
   * closed (`life-signs.ts`)
   */
  private sayGoodbye (): void {
    this.state = 'closed'
    this.channels.forEach(channel => { channel.mute() })
    this.handshakeChannel.close()
    this.goodbye = setTimeout(() => { this.free() }, GOODBYE)
  }

  private free (): void {
    this.state = 'closed'
    clearTimeout(this.goodbye)
    this.goodbye = undefined
    this.channels.forEach(channel => { channel.close() })

    this.release.start()
    void this.release.done.then(() => { unwatch(this) })
  }

  // --- what channels and the timer of `sweep.ts` ask for and tell of ---

  /**
   * The stack leaves `connected` before it closes channels
   */
  isGone (): boolean {
    return this.state === 'ending' || this.state === 'closed' || this.isAboutToEnd()
  }

  /**
   * `onState` is about to say why the connection is gone
   */
  isAboutToEnd (): boolean {
    return this.state === 'up' && this.stats.state() !== 'connected'
  }

  onTraffic (): void {
    touch(this)
  }

  forget (channel: NativeChannel): void {
    this.channels.delete(channel)
  }

  look (): boolean {
    if (this.state === 'up') {
      this.t3Rtx?.look()

      return this.isAboutToEnd() || this.signs.update()
    }

    if (this.state === 'ending' && this.channels.size === 0) {
      const handler = this.handler
      this.free()
      guard(this.log, () => { handler?.onClosed(this.signs.lost) })()
    }

    return this.state === 'ending'
  }

  /**
   * The connection is gone: its channels are about to be told
   */
  private beginEnd (): void {
    this.state = 'ending'
    this.onTraffic()
    this.channels.forEach(channel => { touchChannel(channel) })
  }

  private traffic (): Traffic {
    return {
      received: this.bytesReceived(),
      sent: this.bytesSent(),
      rtt: this.rtt(),
      isFull: this.channels.some(channel => channel.isWaiting())
    }
  }

  // --- what the stack tells ---

  private onIceState (state: string): void {
    if (isIceConnected(state) && !this.iceWasConnected) {
      this.iceWasConnected = true
      this.onAnswered?.()
    }
  }

  private onState (state: string): void {
    this.log.trace('peer connection is %s', state)

    if (state !== 'disconnected' && state !== 'failed' && state !== 'closed') {
      return
    }

    if (this.state === 'up') {
      this.signs.judge(state, this.channels.some(channel => channel !== this.handshakeChannel))
    }

    if (state === 'disconnected') {
      // the stack is about to close it
      return
    }

    // while it is known
    this.remoteFingerprint()

    if (this.state === 'setup') {
      this.ready.reject(new ConnectionFailedError(this.phase() === 'sctp' ? 'The remote closed the connection' : 'The connection could not be made'))
      this.beginEnd()
    } else if (this.state === 'up') {
      this.beginEnd()
    }

    if (state === 'closed') {
      if (this.goodbye != null) {
        // the remote was faster
        this.free()
      }

      this.release.onDone()
    }
  }

  private onDataChannel (native: DataChannel): void {
    this.signs.onHeard()
    this.onTraffic()

    // errors remember the functions that were running, and what those can see:
    // none that waits may see the native channel
    this.arrivals.push(new NativeChannel({ native, owner: this, openedBy: 'remote' }))
  }

  private open (channel: NativeChannel): void {
    if (this.handler == null || this.state === 'closed') {
      channel.close()
      return
    }

    channel.listen()
    this.channels.add(channel)
    this.handler.onChannel(channel)
  }
}

function isIceConnected (state: string): boolean {
  return state === 'connected' || state === 'completed'
}
