/**
 * A connection.
 *
 * - It has ended when one of its parts says so (`ending.ts`). Channels are told by
 *   events of their own, before or after that; some browsers tell them nothing. So
 *   what is closed waits `SETTLE` ms for the rest.
 * - What is closed counts against the connections of a page until it is collected,
 *   so nothing refers to it afterwards.
 */
import { ConnectionFailedError } from '@libp2p/interface'
import { systemClock } from '../clock.ts'
import { ChannelClosedError } from '../errors.ts'
import { guard } from '../guard.ts'
import { Waiting } from '../inbox.ts'
import { EMPTY_FRAME } from '../wire/framing.ts'
import { readFingerprint } from '../wire/sdp.ts'
import { ChannelSet } from './channel-set.ts'
import { Progress } from './progress.ts'
import { createConnection } from './refusal.ts'
import { Stats } from './stats.ts'
import { Watch } from './watch.ts'
import type { BrowserChannel, ChannelOwner } from './channel.ts'
import type { Clock } from '../clock.ts'
import type { ConnectionLostError } from '../errors.ts'
import type { Channel, Path, Peer, PeerHandler, SocketAddress } from '../ports.ts'
import type { Version } from '../wire/credentials.ts'
import type { Logger } from '@libp2p/interface'

/**
 * How long the parts of a connection may take to tell of its end, in ms. Chromium
 * needs less than one.
 */
const SETTLE = 20

/**
 * How long before the end the remote is told that the connection is closed, in
 * ms: it has to see that in time
 */
const GOODBYE = 50

/**
 * The highest id that libdatachannel and pion have. Chromium goes up to 65,534,
 * whatever the remote has announced.
 */
const MAX_CHANNEL_ID = 1_023

/**
 * The last ids, which no channel gets
 */
const SPARE_IDS = [MAX_CHANNEL_ID - 5, MAX_CHANNEL_ID - 3, MAX_CHANNEL_ID - 1]

/**
 * The longest message that is sent as one DATA chunk, in bytes: the packets of
 * SCTP have 1,191 bytes in Chromium and 1,200 in Firefox, of which 28 are headers
 */
const MAX_CHUNK_SIZE = 1_144

/**
 * How many bytes of a channel the browser holds that it has not sent, if its
 * streams wait when they are told to. There is no other buffer: what was sent and
 * not acknowledged takes one round trip.
 */
const SEND_BUFFER_SIZE = 64 * 1024

export interface PeerInit {
  log: Logger
  maxBufferedAmount: number

  /**
   * @default - that of the system
   */
  clock?: Clock
}

interface BrowserPeerInit extends PeerInit {
  version: Version
  host: string
  port: number

  /**
   * The sha-256 digest of the certificate that the browser is told to accept
   */
  fingerprint: Uint8Array

  /**
   * Sets the two descriptions: the browser starts to send. Resolves to the version
   * that is spoken.
   */
  describe (pc: RTCPeerConnection): Promise<Version>
}

/**
 * - `setup`: until channels can carry messages
 * - `up`
 * - `ending`: the connection is gone, its channels are about to be told
 * - `closed`: from here, or everybody was told
 */
type State = 'setup' | 'up' | 'ending' | 'closed'

export class BrowserPeer implements Peer, ChannelOwner {
  readonly handshakeChannel: BrowserChannel
  readonly opensEvenIds = true
  readonly choosesIds = true
  readonly maxChunkSize = MAX_CHUNK_SIZE
  readonly sendBufferSize = SEND_BUFFER_SIZE
  readonly holdsUnacknowledged = false
  readonly noticesSilence = false
  readonly log: Logger
  readonly maxBufferedAmount: number
  readonly clock: Clock
  readonly waiting = new Waiting()
  private readonly init: BrowserPeerInit
  private readonly stats: Stats
  private readonly channels = new ChannelSet(this)
  private readonly ready = Promise.withResolvers<void>()
  private readonly freed = Promise.withResolvers<void>()
  private pc?: RTCPeerConnection
  private spoken: Version
  private localDigest?: Uint8Array
  private handler?: PeerHandler
  private state: State = 'setup'
  private lost?: ConnectionLostError
  private readonly progress: Progress
  private readonly watch: Watch
  private cancelTimer?: () => void

  /**
   * @throws {WebRTCUnavailableError} if the browser makes no connection
   */
  constructor (init: BrowserPeerInit) {
    this.init = init
    this.log = init.log
    this.clock = init.clock ?? systemClock
    this.maxBufferedAmount = init.maxBufferedAmount
    this.spoken = init.version
    this.progress = new Progress(init.host, init.port)
    this.ready.promise.catch(() => {})

    const pc = createConnection()
    const { log, clock, progress } = this
    const { host, port } = init

    this.pc = pc
    this.stats = new Stats(pc, clock)
    this.handshakeChannel = this.channels.add(pc.createDataChannel('', { negotiated: true, id: 0 }), 'both', () => { this.onUp() })
    this.watch = new Watch({
      pc,
      log,
      clock,
      host,
      port,
      progress,
      spareIds: SPARE_IDS,
      onFailed: (err) => { this.fail(err) },
      onEnded: (lost) => { this.onEnded(lost) }
    })
    pc.ondatachannel = guard(log, ({ channel }) => { this.onDataChannel(channel) })

    void this.setUp(pc)
  }

  private async setUp (pc: RTCPeerConnection): Promise<void> {
    try {
      this.spoken = await this.init.describe(pc)
      this.localDigest = readFingerprint(pc.localDescription?.sdp ?? '')
      this.watch.onDescribed()
    } catch (err: any) {
      this.fail(err)
    }
  }

  get version (): Version {
    return this.spoken
  }

  get maxChannelId (): number {
    return Math.min(MAX_CHANNEL_ID - 2 * SPARE_IDS.length, (this.pc?.sctp?.maxChannels ?? Infinity) - 1)
  }

  async connected (signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()

    const onAbort = (): void => { this.ready.reject(this.reasonOf(signal)) }
    signal.addEventListener('abort', onAbort)

    try {
      await this.ready.promise
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  private reasonOf ({ reason }: AbortSignal): Error {
    const isIgnored = this.localDigest != null && this.progress.at === 'new'

    return isIgnored && reason?.name === 'TimeoutError' ? this.progress.refused(reason) : reason
  }

  phase (): 'ice' | 'dtls' | 'sctp' {
    return this.progress.phase
  }

  /**
   * @throws {ConnectionFailedError} if the browser has none yet
   */
  localFingerprint (): Uint8Array {
    if (this.localDigest == null) {
      throw new ConnectionFailedError('The connection has no local certificate')
    }

    return this.localDigest
  }

  /**
   * The browser goes on with no certificate but the one that it was told
   */
  remoteFingerprint (): Uint8Array | undefined {
    return this.progress.at === 'sctp' ? this.init.fingerprint : undefined
  }

  remoteEndpoint (): SocketAddress | undefined {
    // Firefox has no such method, and older ones no such transport
    const transport = this.pc?.sctp?.transport.iceTransport as Partial<RTCIceTransport> | undefined
    const { address, port } = transport?.getSelectedCandidatePair?.()?.remote ?? {}

    return address == null || port == null ? undefined : { host: address, port }
  }

  path (): Promise<Path> {
    return this.stats.path()
  }

  openChannel (): Channel {
    if (this.state !== 'up' || this.pc == null) {
      throw new ChannelClosedError('The connection is closed')
    }

    const { channel, dc } = this.channels.open(this.pc, this.maxChannelId)
    this.watch.onChannel(dc)

    return channel
  }

  attach (handler: PeerHandler): void {
    this.handler = handler
  }

  rtt (): number | undefined {
    return this.stats.rtt()
  }

  acknowledged (): number | undefined {
    return this.stats.bytesReceived()
  }

  bytesReceived (): number {
    return this.channels.traffic.bytesReceived()
  }

  bytesSent (): number {
    return this.channels.traffic.bytesSent()
  }

  nudge (channel: Channel = this.handshakeChannel): void {
    if (this.state === 'up' && this.channels.isOpen(channel)) {
      this.channels.traffic.discount(EMPTY_FRAME.byteLength)
      channel.send(EMPTY_FRAME)
    }
  }

  close (): Promise<void> {
    this.handler = undefined

    if (this.state === 'up' && this.channels.isOpen(this.handshakeChannel)) {
      this.sayGoodbye()
    } else if (this.state !== 'closed') {
      this.free()
    }

    this.ready.reject(new ConnectionFailedError('The connection was closed'))

    return this.freed.promise
  }

  /**
   * The remote can't tell from the end of the association alone that it was
   * closed (`native/life-signs.ts`)
   */
  private sayGoodbye (): void {
    this.state = 'closed'
    this.channels.mute()
    this.handshakeChannel.close()
    this.cancelTimer?.()
    this.cancelTimer = this.clock.after(GOODBYE, () => { this.free() })
  }

  private free (): void {
    const { pc } = this

    this.state = 'closed'
    this.cancelTimer?.()
    this.stats.stop()
    this.watch.stop()
    this.channels.discard()
    this.pc = undefined

    if (pc != null) {
      pc.ondatachannel = null
      guard(this.log, () => { pc.close() })()
    }

    this.freed.resolve()
  }

  private fail (err: Error): void {
    this.ready.reject(err)

    if (this.state === 'setup') {
      this.free()
    }
  }

  // --- what channels tell ---

  onSent (channel: BrowserChannel, bytes: number): void {
    this.channels.traffic.onHandedOver(channel, bytes)
  }

  onReceived (bytes: number): void {
    this.channels.traffic.onReceived(bytes)
  }

  onClosed (channel: BrowserChannel, err?: Error): void {
    this.channels.onClosed(channel, err)

    if (channel === this.handshakeChannel) {
      this.watch.onHandshakeChannelClosed(channel.id)
    } else if (err != null) {
      this.watch.onChannelFailed()
    }

    this.settleSoon()
  }

  release (channel: BrowserChannel): void {
    this.channels.release(channel)
  }

  // --- what the browser tells ---

  private onUp (): void {
    if (this.state === 'setup') {
      this.state = 'up'
      this.progress.at = 'sctp'
      this.watch.onUp()
      this.stats.refresh()
      this.ready.resolve()
    }
  }

  private onDataChannel (dc: RTCDataChannel): void {
    const channel = this.channels.add(dc, 'remote')

    if (this.handler == null || this.state === 'closed') {
      channel.close()
    } else {
      this.handler.onChannel(channel)
    }
  }

  private onEnded (lost?: ConnectionLostError): void {
    this.state = 'ending'
    this.lost = lost
    this.settleSoon()
  }

  /**
   * Waits for what else there is to say of the end of a channel
   */
  private settleSoon (): void {
    if (this.state === 'ending' && this.channels.hasEnded) {
      this.settle()
    } else {
      this.cancelTimer ??= this.clock.after(SETTLE, () => { this.settle() })
    }
  }

  private settle (): void {
    this.cancelTimer?.()
    this.cancelTimer = undefined

    if (this.state !== 'ending') {
      this.channels.endClosed()
      return
    }

    const { handler, lost } = this
    this.channels.endAll(lost)
    this.free()
    handler?.onClosed(lost)
  }
}
