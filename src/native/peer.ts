/**
 * A connection.
 *
 * - `setLocalDescription` ends the process when it refuses its arguments:
 *   credentials are checked before.
 * - Objects close what they wrap when they are garbage collected: `sweep.ts`
 *   holds the connections, and a connection its channels.
 * - The stack gives the id of a channel that the remote has closed to the next
 *   one at once, while the remote may not be done with it, and then the stream
 *   is lost. So no channel is opened with an id of the stack's choice until
 *   `sweep` has told of what is closed (`openChannel`).
 */
import { ConnectionFailedError, InvalidParametersError } from '@libp2p/interface'
import nodeDataChannel from 'node-datachannel'
import { ChannelClosedError, ChannelLimitError, ConnectionLostError } from '../errors.ts'
import { isPwd, isUfrag } from '../wire/credentials.ts'
import { MAX_INBOUND_FRAME } from '../wire/framing.ts'
import { parseFingerprint, readFingerprint } from '../wire/sdp.ts'
import { Arrivals } from './arrivals.ts'
import { NativeChannel } from './channel.ts'
import { guard } from './guard.ts'
import { LifeSigns } from './life-signs.ts'
import { Stats } from './stats.ts'
import { unwatch, watch } from './sweep.ts'
import type { ChannelOwner } from './channel.ts'
import type { Traffic } from './life-signs.ts'
import type { Swept } from './sweep.ts'
import type { Channel, Peer, PeerHandler } from '../ports.ts'
import type { CredentialPair } from '../wire/credentials.ts'
import type { Logger } from '@libp2p/interface'
import type { DataChannel, PeerConnection, RtcConfig } from 'node-datachannel'

/**
 * How long to wait for the stack to say that a connection is freed, in ms
 */
const CLOSE_TIMEOUT = 2_000

/**
 * How long before the end the remote is told that the connection is closed, in
 * ms: it has to see that in time, and looks every 20 ms
 */
const GOODBYE = 50

/**
 * The longest message that can arrive: a frame and its prefix. The stack cuts
 * longer ones, which the frame decoder notices.
 */
const MAX_MESSAGE_SIZE = MAX_INBOUND_FRAME + 3

/**
 * The longest message that usrsctp sends as one DATA chunk, in bytes: the MTU of
 * 1,280 bytes less the headers of IPv6, UDP, DTLS (48), SCTP and the chunk.
 *
 * usrsctp serves the streams of an association one message after the other, but
 * stays with a stream after a message that it had to cut into several chunks
 * (`sctp_ss_default_scheduled` looks before the message is removed): all others
 * wait until that one has nothing left, or sends a message of one chunk.
 */
const MAX_CHUNK_SIZE = 1_144

/**
 * How many bytes the stack sends and keeps until they are acknowledged: its
 * default
 */
const SEND_BUFFER_SIZE = 1024 * 1024

export interface PeerInit {
  log: Logger
  maxBufferedAmount: number
}

interface NativePeerInit extends PeerInit {
  opensEvenIds: boolean
  config: Partial<RtcConfig>
}

export class NativePeer implements Peer, ChannelOwner, Swept {
  readonly handshakeChannel: NativeChannel
  readonly opensEvenIds: boolean
  readonly maxChunkSize = MAX_CHUNK_SIZE
  readonly sendBufferSize = SEND_BUFFER_SIZE
  readonly log: Logger
  readonly maxBufferedAmount: number
  private readonly native: PeerConnection
  private readonly stats: Stats
  private readonly signs: LifeSigns
  private readonly channels = new Set<NativeChannel>()
  private readonly arrivals: Arrivals<NativeChannel>
  private readonly ready = Promise.withResolvers<void>()
  private readonly freed = Promise.withResolvers<void>()
  private handler?: PeerHandler
  lost?: ConnectionLostError
  private iceWasConnected = false
  private state: 'setup' | 'up' | 'ending' | 'closed' = 'setup'
  private local?: Uint8Array
  private remote?: Uint8Array

  constructor (init: NativePeerInit) {
    this.log = init.log
    this.opensEvenIds = init.opensEvenIds
    this.maxBufferedAmount = init.maxBufferedAmount
    this.ready.promise.catch(() => {})
    this.native = new nodeDataChannel.PeerConnection('libp2p', {
      iceServers: [],
      disableAutoNegotiation: true,
      maxMessageSize: MAX_MESSAGE_SIZE,
      ...init.config
    })

    this.stats = new Stats(this.native)
    this.signs = new LifeSigns(() => this.traffic())
    this.arrivals = new Arrivals<NativeChannel>({
      log: this.log,
      isClosed: () => this.state === 'closed',
      bytesReceived: () => this.bytesReceived(),
      open: channel => { this.open(channel) }
    })

    watch(this)

    // callbacks that were registered first are called first
    this.native.onIceStateChange(guard(this.log, state => { this.onIceState(state) }))
    this.native.onStateChange(guard(this.log, state => { this.onState(state) }))
    this.native.onDataChannel(guard(this.log, native => { this.onDataChannel(native) }))

    const handshake = new NativeChannel({
      native: this.native.createDataChannel('', { negotiated: true, id: 0 }),
      owner: this,
      openedBy: 'both',
      onOpen: () => {
        if (this.state === 'setup') {
          this.state = 'up'
          this.ready.resolve()
        }
      }
    })
    handshake.listen()
    this.channels.add(handshake)
    this.handshakeChannel = handshake
  }

  /**
   * Sets the local description with chosen credentials and the remote's; the
   * stack starts to send
   */
  startAsClient (credentials: CredentialPair, answer: string): void {
    checkCredentials(credentials)
    this.native.setLocalDescription('offer', { iceUfrag: credentials.client.ufrag, icePwd: credentials.client.pwd })
    this.native.setRemoteDescription(answer, 'answer')
  }

  startAsServer (credentials: CredentialPair, offer: string): void {
    checkCredentials(credentials)
    this.native.setRemoteDescription(offer, 'offer')
    this.native.setLocalDescription('answer', { iceUfrag: credentials.server.ufrag, icePwd: credentials.server.pwd })
  }

  get maxChannelId (): number {
    return this.native.maxDataChannelId()
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
    if (!this.iceWasConnected) {
      return 'ice'
    }

    return this.remoteFingerprint() == null ? 'dtls' : 'sctp'
  }

  localFingerprint (): Uint8Array {
    this.local ??= readFingerprint(this.native.localDescription()?.sdp ?? '')

    if (this.local == null) {
      throw new ConnectionFailedError('The connection has no local certificate')
    }

    return this.local
  }

  remoteFingerprint (): Uint8Array | undefined {
    try {
      this.remote ??= parseFingerprint(this.native.remoteFingerprint().value)
    } catch {
      // freed, or not known yet
    }

    return this.remote
  }

  openChannel (id?: number): Channel {
    if (this.state !== 'up') {
      throw new ChannelClosedError('The connection is closed')
    }

    if (id == null && this.hasJustLostId()) {
      throw new ChannelLimitError('The remote has just closed a channel, and the stack would take its id')
    }

    let native: DataChannel

    try {
      native = this.native.createDataChannel('', id == null ? {} : { id })
    } catch (err: any) {
      if (/too many|too high/i.test(err.message)) {
        throw new ChannelLimitError(err.message)
      }

      throw new ChannelClosedError(err.message)
    }

    this.signs.onSent()
    const channel = new NativeChannel({ native, owner: this, openedBy: 'here' })

    if (id == null && this.hasChannel(channel.id)) {
      channel.close()
      throw new ChannelLimitError('The remote has just closed a channel, and the stack took its id')
    }

    this.channels.add(channel)

    return channel
  }

  /**
   * Whether a channel is closed and only `sweep` does not know yet
   */
  private hasJustLostId (): boolean {
    for (const channel of this.channels) {
      if (channel.hasJustClosed()) {
        return true
      }
    }

    return false
  }

  private hasChannel (id: number): boolean {
    for (const channel of this.channels) {
      if (channel.id === id) {
        return true
      }
    }

    return false
  }

  attach (handler: PeerHandler): void {
    this.handler = handler
  }

  rtt (): number | undefined {
    return this.stats.rtt()
  }

  bytesReceived (): number {
    return this.stats.bytesReceived()
  }

  bytesSent (): number {
    return this.stats.bytesSent()
  }

  private traffic (): Traffic {
    return {
      received: this.bytesReceived(),
      sent: this.bytesSent(),
      rtt: this.rtt(),
      isFull: [...this.channels].some(channel => channel.bufferedAmount() > 0)
    }
  }

  close (): Promise<void> {
    this.handler = undefined

    if (this.state === 'closed') {
      return this.freed.promise
    }

    if (this.state === 'up' && this.channels.has(this.handshakeChannel)) {
      this.sayGoodbye()
    } else {
      this.free()
    }

    this.ready.reject(new ConnectionFailedError('The connection was closed'))

    return this.freed.promise
  }

  /**
   * The remote can't tell from the end of the association alone that it was
   * closed (`life-signs.ts`)
   */
  private sayGoodbye (): void {
    this.state = 'closed'
    this.channels.forEach(channel => { channel.mute() })
    this.handshakeChannel.close()
    setTimeout(() => { this.free() }, GOODBYE)
  }

  /**
   * Whether channels are closed because the connection is. The stack leaves
   * `connected` before it closes them.
   */
  isGone (): boolean {
    return this.state === 'ending' || this.state === 'closed' || (this.state === 'up' && this.stats.state() !== 'connected')
  }

  forget (channel: NativeChannel): void {
    this.channels.delete(channel)
  }

  onHeard (): void {
    this.signs.onHeard()
  }

  onSent (): void {
    this.signs.onSent()
  }

  sweep (): void {
    if (this.state === 'up') {
      if (this.isGone()) {
        // `onState` is about to say why
        return
      }

      this.signs.update()
    }

    for (const channel of this.channels) {
      try {
        channel.sweep()
      } catch (err) {
        this.log.error('error while looking at channel %d - %e', channel.id, err)
      }
    }

    if (this.state === 'ending' && this.channels.size === 0) {
      const handler = this.handler
      this.free()
      handler?.onClosed(this.lost)
    }
  }

  private onIceState (state: string): void {
    if (state === 'connected' || state === 'completed') {
      this.iceWasConnected = true
    }
  }

  private onState (state: string): void {
    this.log.trace('peer connection is %s', state)

    if (state !== 'disconnected' && state !== 'failed' && state !== 'closed') {
      return
    }

    if (this.state === 'up') {
      this.judge(state)
    }

    if (state === 'disconnected') {
      // the stack is about to close it
      return
    }

    // known only while the native object lives
    this.remoteFingerprint()

    if (this.state === 'setup') {
      this.ready.reject(new ConnectionFailedError('The connection could not be made'))
      this.state = 'ending'
    } else if (this.state === 'up') {
      this.state = 'ending'
    }

    if (state === 'closed') {
      this.freed.resolve()
    }
  }

  /**
   * Finds out why the connection has ended
   */
  private judge (state: 'disconnected' | 'failed' | 'closed'): void {
    if (state === 'failed') {
      this.lost = new ConnectionLostError(this.signs.lostAfter())
      return
    }

    this.signs.update()
    const hasChannels = [...this.channels].some(channel => channel !== this.handshakeChannel)
    const silence = this.signs.silence(hasChannels)

    if (silence != null) {
      this.lost ??= new ConnectionLostError(silence)
    }
  }

  private onDataChannel (native: DataChannel): void {
    this.signs.onHeard()

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

  onFirstMessage (message: Uint8Array): void {
    this.arrivals.onFirstMessage(message)
  }

  onAnswer (received: number): void {
    this.arrivals.onAnswer(received)
  }

  private free (): void {
    this.state = 'closed'

    for (const channel of this.channels) {
      channel.close()
    }

    try {
      this.native.close()
    } catch (err) {
      this.log('could not close the peer connection - %e', err)
    }

    const timer = setTimeout(() => {
      this.log('the peer connection was not freed in time')
      this.freed.resolve()
    }, CLOSE_TIMEOUT)
    timer.unref()

    void this.freed.promise.then(() => {
      clearTimeout(timer)
      unwatch(this)
    })
  }
}

function checkCredentials ({ client, server }: CredentialPair): void {
  for (const { ufrag, pwd } of [client, server]) {
    if (!isUfrag(ufrag) || !isPwd(pwd)) {
      throw new InvalidParametersError('The ICE credentials are not valid')
    }
  }
}
