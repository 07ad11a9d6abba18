/**
 * The native adapter: node-datachannel behind the interfaces of `ports.ts`.
 *
 * This is the one place that hands functions to native code and calls it, so
 * its rules are kept here:
 *
 * - An exception that leaves a callback ends the process: every one is wrapped
 *   by `guard`.
 * - `setLocalDescription` ends the process when it refuses its arguments:
 *   credentials are checked before.
 * - Objects close what they wrap when they are garbage collected: whoever needs
 *   one holds it, and `channels` and `peers` hold theirs.
 * - Messages and the close of a channel come through two queues that don't know
 *   of each other, and the native `onClosed` throws away what the other still
 *   holds. So the close is found by looking (`sweep`), and counts when nothing
 *   has arrived between two looks. Once FIN was read nothing can be lost, and
 *   `onClosed` is used.
 * - A message may go out after the reset of its own SCTP stream: whether the
 *   channel is closed is looked at before the lock for sending is taken
 *   (libdatachannel 0.24.5, `DataChannel::outgoing`), and what the stream does
 *   not take is sent when it is open for the next channel. To pion that is a
 *   violation that ends the connection. So nothing is sent when the remote is
 *   about to close the channel (`stream-state.ts`), as far as that is known.
 * - The stack gives the id of a channel that the remote has closed to the next
 *   one at once, while the remote may not be done with it, and then the stream
 *   is lost. So no channel is opened with an id of the stack's choice until
 *   `sweep` has told of what is closed (`openChannel`).
 * - The native `onClosed` is also what frees a channel, and a mux listener must
 *   not be stopped while a packet can arrive (`freeWhenIdle`).
 * - The first messages of a channel may overtake each other: two threads hand
 *   them over, without a lock, when one registers `onMessage` while the other
 *   receives (libdatachannel 0.24.5, `Channel::flushPendingMessages`). So an end
 *   that opens a channel sends one message and no more until it has heard the
 *   other end (`held`). Where a remote sends more, the order is restored if it can
 *   be told (`message-order.ts`); before it is known whether it can, and whether
 *   the remote waits, `onMessage` is registered in a pause (`inPause`), which
 *   leaves little to chance, not nothing.
 */
import { createSocket } from 'node:dgram'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ConnectionFailedError, InvalidParametersError, ListenError } from '@libp2p/interface'
import nodeDataChannel from 'node-datachannel'
import { soon } from '../clock.ts'
import { ChannelClosedError, ChannelLimitError, FramingError } from '../errors.ts'
import { isPwd, isUfrag } from '../wire/credentials.ts'
import { MAX_INBOUND_FRAME, readPrefix } from '../wire/framing.ts'
import { MessageOrder } from '../wire/message-order.ts'
import { parseFingerprint, readFingerprint, renderAnswer, renderOffer } from '../wire/sdp.ts'
import type { TransportCertificate } from '../certificates/certificate.ts'
import type { Channel, ChannelHandler, Mux, Peer, PeerHandler, StunRequest } from '../ports.ts'
import type { DialTarget, Endpoint } from '../wire/address.ts'
import type { CredentialPair } from '../wire/credentials.ts'
import type { Logger } from '@libp2p/interface'
import type { DataChannel, IceUdpMuxListener, PeerConnection, RtcConfig } from 'node-datachannel'

/**
 * How often channels are looked at for whether they are closed, in ms. A look
 * at a channel takes 0.1 µs.
 */
const SWEEP_INTERVAL = 20

/**
 * How many bytes are held of a channel that nobody reads yet: the remote may
 * open streams while the Noise handshake is in its last steps here
 */
const MAX_EARLY_BYTES = 256 * 1024

/**
 * How long the opener of a channel holds all but its first message when it does
 * not hear the other end, in ms. Every protocol of libp2p begins with a
 * negotiation in which it does.
 */
const HOLD_TIMEOUT = 100

/**
 * How long to leave the first messages of a channel to the thread that receives
 * them, in ms, and how often that is repeated where they don't pause
 */
const OPENING_DELAY = 2
const OPENING_ATTEMPTS = 8

/**
 * A timer that is later than that, in ms, tells of a machine so busy that the
 * other thread may wait for its turn as well
 */
const MAX_LATENESS = 1

/**
 * A pause is when nothing has been received for so long, in ms: registering
 * `onMessage` takes less
 */
const PAUSE = 0.08

/**
 * After so many channels in a row of which no more than one message came before
 * the answer, the remote is one that waits for the answer
 */
const PATIENT_CHANNELS = 8

/**
 * How often to look whether anything else keeps the process alive, in ms
 */
const IDLE_INTERVAL = 100
const MAX_IDLE_INTERVAL = 2_000

/**
 * How long to wait for the stack to say that a connection is freed, in ms
 */
const CLOSE_TIMEOUT = 2_000

/**
 * How often to look for another free port when the last one was taken
 */
const FREE_PORT_ATTEMPTS = 10

/**
 * How many bytes the stack sends and keeps until they are acknowledged, its
 * default
 */
const SEND_BUFFER_SIZE = 1024 * 1024

/**
 * The longest message that can arrive: a frame and its prefix. The stack cuts
 * longer ones, which the frame decoder notices.
 */
const MAX_MESSAGE_SIZE = MAX_INBOUND_FRAME + 3

function guard <Args extends unknown[]> (log: Logger, fn: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      fn(...args)
    } catch (err) {
      log.error('error in a native callback - %e', err)
    }
  }
}

// --- finding closed channels ---

const peers = new Set<NativePeer>()

/**
 * How many connections the native stack holds in this process
 */
export function openPeers (): number {
  return peers.size
}

let sweepTimer: ReturnType<typeof setInterval> | undefined

function watch (peer: NativePeer): void {
  peers.add(peer)
  sweepTimer ??= setInterval(() => {
    for (const peer of peers) {
      peer.sweep()
    }
  }, SWEEP_INTERVAL).unref()
}

function unwatch (peer: NativePeer): void {
  peers.delete(peer)

  if (peers.size === 0) {
    clearInterval(sweepTimer)
    sweepTimer = undefined
  }
}

// --- what keeps the process alive ---

/**
 * Two things hold on to the event loop that JavaScript can't let go of:
 *
 * - A channel that the remote closed first is freed only when it is garbage
 *   collected. While a process works that happens by itself, in one that has
 *   nothing left to do it does not.
 * - A socket can't be closed: libdatachannel 0.24.5 frees a mux listener without
 *   taking it off the socket (it reads a flag that it never set), and the next
 *   STUN request of a stranger calls freed memory. So a socket that nobody
 *   listens on any more stays, ignores what arrives, and is used again for the
 *   same port.
 *
 * Both are freed when nothing else keeps the process alive. The garbage
 * collector may have to be run again: whoever was told of a channel may remember
 * it for a moment.
 */
let strays = 0
const strayRegistry = new FinalizationRegistry(() => { strays-- })
let idleTimer: ReturnType<typeof setTimeout> | undefined

function addStray (channel: DataChannel): void {
  strays++
  strayRegistry.register(channel, undefined)
  freeWhenIdle()
}

/**
 * Pipes and terminals are listed also where they are only standard output
 */
function isProcessBusy (): boolean {
  return process.getActiveResourcesInfo().some(name => name !== 'PipeWrap' && name !== 'TTYWrap')
}

function freeWhenIdle (interval = IDLE_INTERVAL): void {
  idleTimer ??= setTimeout(() => {
    idleTimer = undefined

    if (peers.size > 0 || [...sockets.values()].some(({ handlers }) => handlers.size > 0) || isProcessBusy()) {
      freeWhenIdle()
      return
    }

    for (const [port, { native }] of sockets) {
      sockets.delete(port)
      native.stop()
    }

    if (strays > 0) {
      setFlagsFromString('--expose-gc')
      runInNewContext('gc')()
      freeWhenIdle(Math.min(2 * interval, MAX_IDLE_INTERVAL))
    }
  }, interval).unref()
}

// --- channels ---

class NativeChannel implements Channel {
  readonly id: number
  readonly reliable = undefined
  maxBufferedAmount: number
  private native?: DataChannel
  private handler?: ChannelHandler
  private readonly peer: NativePeer
  private early: Uint8Array[] = []
  private earlyBytes = 0
  private violation?: Error
  private earlyClose?: 'channel-closed' | 'connection-lost'
  private wasOpen = false
  private heard = false
  private isEnding = false
  private watchesClose = false
  private watchesDrain = false
  private wantsDrain = false
  private hasSent = false
  private received = 0

  // what waits until the remote is heard, or undefined if nothing has to
  private held?: Uint8Array[]
  private heldBytes = 0
  private holdTimer?: ReturnType<typeof setTimeout>
  private readonly openedBy: 'here' | 'remote' | 'both'
  private readonly order = new MessageOrder(message => { this.deliver(message) })

  constructor (native: DataChannel, peer: NativePeer, openedBy: 'here' | 'remote' | 'both', onOpen?: () => void) {
    this.native = native
    this.peer = peer
    this.openedBy = openedBy
    this.maxBufferedAmount = peer.maxBufferedAmount

    // before anything else: go-libp2p sends the first message as soon as it sees
    // the channel, behind the DATA_CHANNEL_ACK that opens it
    if (openedBy === 'here') {
      this.listen()
    }

    this.id = native.getId()
    this.held = openedBy === 'here' ? [] : undefined

    native.onOpen(guard(peer.log, () => {
      this.wasOpen = true
      onOpen?.()
    }))
  }

  /**
   * Receives messages from here on
   */
  listen (): void {
    this.native?.onMessage(guard(this.peer.log, message => { this.onMessage(message) }))

    // what this thread has handed over itself comes within a turn of the event loop
    soon(() => { soon(guard(this.peer.log, () => { this.order.end() })) })
  }

  attach (handler: ChannelHandler): void {
    this.handler = handler

    // whoever makes a stream of the channel is not done with that yet
    queueMicrotask(guard(this.peer.log, () => {
      const early = this.early
      this.early = []
      this.earlyBytes = 0

      for (const message of early) {
        this.handler?.onMessage(message)
      }

      if (this.violation != null) {
        this.handler?.onViolation(this.violation)
      }

      if (this.earlyClose != null) {
        this.handler?.onClosed(this.earlyClose)
      }
    }))
  }

  send (message: Uint8Array): boolean {
    if (this.held != null && this.hasSent && this.native != null) {
      this.held.push(message.slice())
      this.heldBytes += message.byteLength
      this.holdTimer ??= setTimeout(() => { this.release() }, HOLD_TIMEOUT)
      this.wantsDrain = this.heldBytes >= this.maxBufferedAmount

      return !this.wantsDrain
    }

    if (!this.hasSent) {
      this.hasSent = true

      if (this.openedBy === 'remote') {
        this.peer.onAnswer(this.received)
      }
    }

    return this.sendNow(message)
  }

  /**
   * Sends what was held
   */
  private release (): void {
    const held = this.held
    this.held = undefined
    clearTimeout(this.holdTimer)

    if (held == null || held.length === 0) {
      return
    }

    try {
      const wantsDrain = this.wantsDrain
      const results = held.map(message => this.sendNow(message))

      if (wantsDrain && results.at(-1) === true) {
        this.wantsDrain = false
        this.handler?.onDrain()
      }
    } catch (err) {
      // the handler is about to be told that the channel is closed
      this.peer.log('could not send on channel %d - %e', this.id, err)
    }
  }

  private sendNow (message: Uint8Array): boolean {
    if (this.native == null) {
      throw new ChannelClosedError('The channel is closed')
    }

    try {
      if (this.native.sendMessageBinary(message) || this.native.bufferedAmount() < this.maxBufferedAmount) {
        return true
      }

      this.wantsDrain = true

      if (!this.watchesDrain) {
        this.watchesDrain = true
        this.native.onBufferedAmountLow(guard(this.peer.log, () => {
          if (this.wantsDrain) {
            this.wantsDrain = false
            this.handler?.onDrain()
          }
        }))

        // the queue may have emptied before anybody listened
        if (this.native.bufferedAmount() === 0) {
          this.wantsDrain = false
          return true
        }
      }

      return false
    } catch (err: any) {
      throw new ChannelClosedError(err.message)
    }
  }

  expectNoMore (): void {
    if (this.native == null || this.watchesClose) {
      return
    }

    try {
      this.native.onClosed(guard(this.peer.log, () => { this.end() }))
      this.watchesClose = true
    } catch (err) {
      this.peer.log('could not watch channel %d - %e', this.id, err)
    }
  }

  close (): void {
    this.handler = undefined
    this.release()
    this.early = []
    this.peer.forget(this)
    this.closeNative()
  }

  private closeNative (): void {
    const native = this.native

    if (native == null) {
      return
    }

    this.native = undefined

    try {
      if (!native.isOpen()) {
        addStray(native)
      } else if (!this.watchesClose) {
        native.onClosed(() => {})
      }

      native.close()
    } catch (err) {
      this.peer.log('could not close channel %d - %e', this.id, err)
    }
  }

  /**
   * Whether the channel was closed a moment ago, before `sweep` has seen it
   */
  hasJustClosed (): boolean {
    return this.native != null && this.wasOpen && !this.native.isOpen()
  }

  /**
   * Looks whether the channel is closed and all its messages have arrived
   */
  sweep (): void {
    if (this.native == null || this.native.isOpen()) {
      this.wasOpen = true
      return
    }

    if (!this.wasOpen && !this.peer.isGone()) {
      return
    }

    if (this.isEnding && !this.heard) {
      this.end()
    } else {
      this.isEnding = true
      this.heard = false
    }
  }

  private end (): void {
    const reason = this.peer.isGone() ? 'connection-lost' : 'channel-closed'

    this.peer.forget(this)

    if (this.handler == null) {
      // what has arrived may still be asked for
      this.earlyClose = reason
      this.closeNative()
    } else {
      this.handler.onClosed(reason)
      this.close()
    }
  }

  private onMessage (message: string | Buffer | ArrayBuffer): void {
    this.heard = true
    this.received++
    this.release()

    if (this.violation != null) {
      return
    }

    if (typeof message === 'string') {
      this.violate(new FramingError('The remote sent a text message'))
      return
    }

    const bytes = message instanceof ArrayBuffer
      ? new Uint8Array(message)
      : new Uint8Array(message.buffer, message.byteOffset, message.byteLength)

    if (this.received === 1) {
      this.peer.onFirstMessage(bytes)
    }

    try {
      this.order.push(bytes)
    } catch (err) {
      if (!(err instanceof FramingError)) {
        throw err
      }

      this.violate(err)
    }
  }

  /**
   * Nothing is received any more
   */
  private violate (err: Error): void {
    this.violation = err

    // otherwise whoever attaches is told behind what came before it
    if (this.early.length === 0) {
      this.handler?.onViolation(err)
    }
  }

  private deliver (bytes: Uint8Array): void {
    if (this.violation != null) {
      return
    }

    if (this.handler != null && this.early.length === 0) {
      this.handler.onMessage(bytes)
    } else if (this.earlyBytes + bytes.byteLength > MAX_EARLY_BYTES) {
      this.violate(new FramingError(`The remote sent more than ${MAX_EARLY_BYTES} bytes on a channel before the connection was ready`))
    } else {
      this.early.push(bytes)
      this.earlyBytes += bytes.byteLength
    }
  }
}

// --- connections ---

export interface PeerInit {
  log: Logger
  maxBufferedAmount: number
}

interface NativePeerInit extends PeerInit {
  opensEvenIds: boolean
  config: Partial<RtcConfig>
}

class NativePeer implements Peer {
  readonly handshakeChannel: Channel
  readonly opensEvenIds: boolean
  readonly sendBufferSize = SEND_BUFFER_SIZE
  readonly log: Logger
  readonly maxBufferedAmount: number
  private readonly native: PeerConnection
  private readonly channels = new Set<NativeChannel>()

  // channels of the remote that wait for their moment, in the order in which
  // they came
  private readonly arriving: NativeChannel[] = []
  private readonly ready = Promise.withResolvers<void>()
  private readonly freed = Promise.withResolvers<void>()
  private handler?: PeerHandler

  // whether the remote sends prefixes as messages of their own, so that the order
  // of its messages can be told
  private sendsPrefixes = false
  private patientChannels = 0
  private iceWasConnected = false
  private iceIsLost = false
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

    watch(this)

    // callbacks that were registered first are called first
    this.native.onIceStateChange(guard(this.log, state => { this.onIceState(state) }))
    this.native.onStateChange(guard(this.log, state => { this.onState(state) }))
    this.native.onDataChannel(guard(this.log, native => { this.onDataChannel(native) }))

    const handshake = new NativeChannel(this.native.createDataChannel('', { negotiated: true, id: 0 }), this, 'both', () => {
      if (this.state === 'setup') {
        this.state = 'up'
        this.ready.resolve()
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

    const channel = new NativeChannel(native, this, 'here')

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
    const rtt = this.state === 'up' ? this.native.rtt() : -1

    return rtt < 0 ? undefined : rtt
  }

  bytesReceived (): number {
    return this.state === 'up' ? this.native.bytesReceived() : 0
  }

  bytesSent (): number {
    return this.state === 'up' ? this.native.bytesSent() : 0
  }

  close (): Promise<void> {
    this.handler = undefined

    if (this.state === 'closed') {
      return this.freed.promise
    }

    this.free()
    this.ready.reject(new ConnectionFailedError('The connection was closed'))

    return this.freed.promise
  }

  /**
   * Whether channels are closed because the connection is. The stack leaves
   * `connected` before it closes them.
   */
  isGone (): boolean {
    return this.state === 'ending' || this.state === 'closed' || (this.state === 'up' && this.native.state() !== 'connected')
  }

  forget (channel: NativeChannel): void {
    this.channels.delete(channel)
  }

  sweep (): void {
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
      handler?.onClosed(this.iceIsLost ? new ConnectionFailedError('The connection was lost: the remote does not answer any more') : undefined)
    }
  }

  private onIceState (state: string): void {
    if (state === 'connected' || state === 'completed') {
      this.iceWasConnected = true
      this.iceIsLost = false
    } else if (state === 'disconnected' || state === 'failed') {
      this.iceIsLost = true
    }
  }

  private onState (state: string): void {
    this.log.trace('peer connection is %s', state)

    if (state !== 'failed' && state !== 'closed') {
      // a connection that is disconnected may recover
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

  private onDataChannel (native: DataChannel): void {
    // errors remember the functions that were running, and what those can see:
    // none that waits may see the native channel
    const channel = new NativeChannel(native, this, 'remote')

    this.arriving.push(channel)

    if (this.sendsPrefixes || this.patientChannels >= PATIENT_CHANNELS) {
      this.announce(channel)
    } else {
      this.inPause(() => { this.announce(channel) })
    }
  }

  /**
   * The moment for a channel has come, and so it has for those that came before
   * it: a pause is one of the whole connection
   */
  private announce (channel: NativeChannel): void {
    const count = this.arriving.indexOf(channel) + 1

    for (const arrived of this.arriving.splice(0, count)) {
      this.open(arrived)
    }
  }

  /**
   * Waits for a moment in which no messages arrive, but not for long
   */
  private inPause (then: () => void, attempts = OPENING_ATTEMPTS): void {
    const due = performance.now() + OPENING_DELAY

    setTimeout(guard(this.log, () => {
      const isLate = performance.now() - due > MAX_LATENESS

      if (attempts === 1 || this.state === 'closed' || (!isLate && this.isPause())) {
        then()
      } else {
        this.inPause(then, attempts - 1)
      }
    }), OPENING_DELAY)
  }

  /**
   * Blocks for the moment that it takes to see, because whatever runs in between
   * takes longer
   */
  private isPause (): boolean {
    const start = performance.now()
    const received = this.native.bytesReceived()

    while (performance.now() - start < PAUSE) {
      if (this.native.bytesReceived() !== received) {
        return false
      }
    }

    return true
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

  /**
   * The first message has arrived on a channel
   */
  onFirstMessage (message: Uint8Array): void {
    this.sendsPrefixes ||= readPrefix(message) != null
  }

  /**
   * The first message is sent on a channel that the remote opened
   *
   * @param received - how many messages have come before
   */
  onAnswer (received: number): void {
    this.patientChannels = received > 1 ? 0 : this.patientChannels + 1
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

/**
 * The native code ends the process when it is given credentials that it refuses
 */
function checkCredentials ({ client, server }: CredentialPair): void {
  for (const { ufrag, pwd } of [client, server]) {
    if (!isUfrag(ufrag) || !isPwd(pwd)) {
      throw new InvalidParametersError('The ICE credentials are not valid')
    }
  }
}

/**
 * Starts to connect to a listener. The peer has a certificate of its own, made
 * for this connection: "SHOULD NOT reuse the same certificate".
 */
export function dialPeer (target: DialTarget, credentials: CredentialPair, init: PeerInit): Peer {
  const peer = new NativePeer({
    ...init,
    opensEvenIds: true,
    config: {
      // the stack compares with one fingerprint only; the session compares with
      // all of them before the Noise handshake
      disableFingerprintVerification: target.fingerprints.length > 1
    }
  })

  try {
    peer.startAsClient(credentials, renderAnswer({
      ...target,
      credentials: credentials.server,
      fingerprint: target.fingerprints[0]
    }))
  } catch (err) {
    void peer.close()
    throw err
  }

  return peer
}

/**
 * Starts to answer a dialer
 */
export function acceptPeer (request: StunRequest, credentials: CredentialPair, mux: Mux, certificate: TransportCertificate, init: PeerInit): Peer {
  const peer = new NativePeer({
    ...init,
    opensEvenIds: false,
    config: {
      certificatePemFile: certificate.pem,
      keyPemFile: certificate.privateKey,

      // the dialer's certificate can't be known, Noise binds it
      disableFingerprintVerification: true,
      enableIceUdpMux: true,
      bindAddress: mux.host,

      // without the range the stack takes the socket of any listener
      portRangeBegin: mux.port,
      portRangeEnd: mux.port
    }
  })

  try {
    peer.startAsServer(credentials, renderOffer({
      host: request.host,
      port: request.port,
      family: request.host.includes(':') ? 6 : 4,
      credentials: credentials.client,
      fingerprint: new Uint8Array(32)
    }))
  } catch (err) {
    void peer.close()
    throw err
  }

  return peer
}

// --- sockets ---

type RequestHandler = (request: StunRequest) => void

/**
 * A UDP socket. The stack finds it by its port alone, so there is one for a port
 * in a process. A socket for all addresses serves IPv4 and IPv6, and two
 * listeners, one for each, may share it.
 */
interface Socket {
  readonly native: IceUdpMuxListener

  /**
   * The address it is bound to, `undefined` for every address
   */
  readonly host?: string

  /**
   * Who listens; nobody where the listener was closed
   */
  readonly handlers: Map<4 | 6, RequestHandler>
}

const sockets = new Map<number, Socket>()

function isWildcard (host: string): boolean {
  return host === '0.0.0.0' || /^[0:]*$/.test(host)
}

/**
 * Opens a UDP socket, or joins one that serves all addresses
 *
 * @throws {ListenError} if the port is in use or can't be bound
 */
export async function openMux (endpoint: Endpoint, onRequest: RequestHandler, log: Logger): Promise<Mux> {
  for (let attempt = 1; ; attempt++) {
    const port = endpoint.port === 0 ? await freePort(endpoint) : endpoint.port

    try {
      return bindMux({ ...endpoint, port }, onRequest, log)
    } catch (err) {
      // somebody else may have taken the port in the meantime
      if (endpoint.port !== 0 || attempt === FREE_PORT_ATTEMPTS) {
        throw err
      }
    }
  }
}

/**
 * The stack binds a free port when it is given 0, but does not tell which one
 */
async function freePort ({ host, family }: Endpoint): Promise<number> {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6')

  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(0, host, resolve)
    })

    return socket.address().port
  } catch (err: any) {
    throw new ListenError(`Could not listen on ${host}: ${err.message}`)
  } finally {
    socket.close()
  }
}

function bindMux ({ host, port, family }: Endpoint, onRequest: RequestHandler, log: Logger): Mux {
  const boundHost = isWildcard(host) ? undefined : host
  const socket = sockets.get(port) ?? bindSocket(port, boundHost, log)

  if (socket.host !== boundHost || socket.handlers.has(family)) {
    throw new ListenError(`Could not listen on ${host} port ${port}: this process uses the port already, and has one socket for a port`)
  }

  socket.handlers.set(family, onRequest)

  return {
    port,
    host: boundHost,
    close () {
      if (socket.handlers.get(family) === onRequest) {
        socket.handlers.delete(family)
        freeWhenIdle()
      }
    }
  }
}

let isSilent = false

/**
 * Until the first connection gives it a log handler, libjuice writes to standard
 * output, and what it writes there has bytes of strangers in it: the username
 * of their STUN requests
 */
function silence (): void {
  if (isSilent) {
    return
  }

  isSilent = true

  const peer = new nodeDataChannel.PeerConnection('libp2p', { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true })
  const channel = peer.createDataChannel('')
  peer.onStateChange(() => {})
  channel.onClosed(() => {})
  peer.setLocalDescription('offer')
  channel.close()
  peer.close()
}

function bindSocket (port: number, host: string | undefined, log: Logger): Socket {
  silence()

  let native: IceUdpMuxListener

  try {
    native = new nodeDataChannel.IceUdpMuxListener(port, host)
  } catch (err: any) {
    throw new ListenError(`Could not listen on ${host ?? 'every address'} port ${port}: ${err.message}`)
  }

  const socket: Socket = { native, host, handlers: new Map() }
  sockets.set(port, socket)

  native.onUnhandledStunRequest(guard(log, request => {
    // a link-local address comes with its zone, which SDP does not know
    const host = request.host.split('%')[0]

    socket.handlers.get(host.includes(':') ? 6 : 4)?.({
      serverUfrag: request.localUfrag,
      clientUfrag: request.ufrag,
      host,
      port: request.port
    })
  }))

  return socket
}
