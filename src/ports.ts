/**
 * What the transport needs from a WebRTC stack. The native adapter (`native/`)
 * implements it, that of browsers (`browser/`), and the in-memory pair of the
 * tests.
 */
import type { Version } from './wire/credentials.ts'

/**
 * Receives what happens on a {@link Channel}. An implementation of `Channel`
 * never lets an exception of these functions pass into foreign code.
 */
export interface ChannelHandler {
  /**
   * A binary message arrived. The bytes belong to the receiver.
   */
  onMessage (data: Uint8Array): void

  /**
   * The remote broke the rules of the channel: a text message, or more bytes
   * than are held for a channel that nobody reads yet.
   */
  onViolation (err: Error): void

  /**
   * {@link Channel.send} returned `false` before and can go on now.
   */
  onDrain (): void

  /**
   * The remote closed the channel (`channel-closed`), or the connection under
   * it is gone (`connection-lost`), with an error if the remote did not close it.
   * Every message that arrived before has been delivered, nothing follows.
   */
  onClosed (reason: 'channel-closed' | 'connection-lost', err?: Error): void
}

/**
 * A data channel
 */
export interface Channel {
  /**
   * The SCTP stream id
   */
  readonly id: number

  /**
   * `false` if the remote opened the channel as one that may lose messages,
   * `undefined` where the stack does not tell. Unordered channels are taken:
   * litep2p opens all of its channels like that.
   */
  readonly reliable: boolean | undefined

  /**
   * How many bytes may wait in the queue of the channel, in which they are when
   * the stack has no more room, before `send` returns `false`
   */
  maxBufferedAmount: number

  /**
   * Called when the stack of the remote has acknowledged a channel that was opened
   * here (RFC 8832 section 5.2), for which no program there is asked. A browser does
   * not tell.
   */
  onAcknowledged? (): void

  /**
   * Sets the one receiver of what happens; what happened before is replayed.
   */
  attach (handler: ChannelHandler): void

  /**
   * Queues a message and copies it before it returns. Returns `false` if the
   * caller should wait for `onDrain` before it sends more; the message was
   * taken all the same.
   *
   * @throws {ChannelClosedError} if the channel is closed
   */
  send (message: Uint8Array): boolean

  /**
   * How many bytes of messages wait in this channel for the network: those that
   * are held, and those that the stack has not taken yet. 0 once it is closed.
   */
  bufferedAmount (): number

  /**
   * Tells that the remote has sent all it will send, so that the end of the
   * channel can be noticed without waiting for messages.
   */
  expectNoMore (): void

  /**
   * Sends what is queued, then closes the channel. Messages that were not
   * delivered yet are dropped and `onClosed` is not called. Never throws.
   */
  close (): void
}

/**
 * Receives what happens on a {@link Peer}
 */
export interface PeerHandler {
  /**
   * The remote opened a channel.
   */
  onChannel (channel: Channel): void

  /**
   * The connection is gone: the remote closed it (no error), or it was lost
   * (`ConnectionLostError`). Every channel has seen `onClosed` before.
   */
  onClosed (err?: Error): void
}

/**
 * An address without a zone, that of IPv4 where it is one
 */
export interface SocketAddress {
  readonly host: string
  readonly port: number
}

/**
 * What is not known where the stack does not tell
 */
export interface Path {
  /**
   * In ms
   */
  readonly rtt?: number

  readonly local?: SocketAddress
  readonly remote?: SocketAddress
}

/**
 * One end of a WebRTC connection.
 */
export interface Peer {
  /**
   * The channel with id 0, negotiated out of band, for the Noise handshake
   */
  readonly handshakeChannel: Channel

  /**
   * The version of the protocol that the ICE credentials are of. A browser may
   * refuse one and go on with the other while it connects.
   */
  readonly version: Version

  /**
   * The highest id that a channel can have
   */
  readonly maxChannelId: number

  /**
   * Whether channels that are opened from here have even ids, because this end
   * is the DTLS client (RFC 8832 section 6)
   */
  readonly opensEvenIds: boolean

  /**
   * Whether the stack alone chooses the ids of channels that are opened from here,
   * as browsers do. It takes none before both ends are done with it.
   */
  readonly choosesIds: boolean

  /**
   * Resolves when channels can carry messages.
   *
   * @throws {ConnectionSetupError} if the connection can't be made
   */
  connected (signal: AbortSignal): Promise<void>

  /**
   * The sha-256 fingerprints of the two certificates of the DTLS connection.
   * The remote's is there once DTLS has seen it.
   */
  localFingerprint (): Uint8Array
  remoteFingerprint (): Uint8Array | undefined

  /**
   * Where the connection goes to: the address that has passed the connectivity
   * checks, and the one that is used. Unknown before, and where the stack does not
   * tell.
   */
  remoteEndpoint (): SocketAddress | undefined

  /**
   * The path that is used, as the stack sees it when it is asked. Never rejects.
   */
  path (): Promise<Path>

  /**
   * How far the set-up got
   */
  phase (): 'ice' | 'dtls' | 'sctp'

  /**
   * Opens a channel that may send at once. Without an id the stack chooses one
   * that is free, and always where {@link choosesIds} says so.
   *
   * @throws {ChannelLimitError} if no id is free, or the one that the stack
   * would choose is that of a channel that the remote has closed just now
   */
  openChannel (id?: number): Channel

  /**
   * Sets the one receiver of what happens. A channel that the remote opens when
   * there is none is closed.
   */
  attach (handler: PeerHandler): void

  /**
   * The longest message that the stack sends as one SCTP DATA chunk, in bytes
   * (RFC 9260 section 6.9)
   */
  readonly maxChunkSize: number

  /**
   * How many bytes the stack holds before channels have to queue
   */
  readonly sendBufferSize: number

  /**
   * Whether what was sent stays in that buffer until it is acknowledged. Browsers
   * hold what was not sent, each channel for itself; the network has the rest.
   */
  readonly holdsUnacknowledged: boolean

  /**
   * Whether the stack ends a connection where the remote answers nothing but connectivity
   * checks. Browsers do not.
   */
  readonly noticesSilence: boolean

  /**
   * The smoothed round trip time in ms, if known
   */
  rtt (): number | undefined

  /**
   * A number that changes with acknowledgements that arrive: the round trip time of
   * SCTP, or how many packets have arrived. Unknown where the stack does not tell.
   */
  acknowledged (): number | undefined

  /**
   * How many bytes of messages have arrived on all channels, complete ones only:
   * a remote that merely acknowledges what it gets is not seen here. Never less
   * than before, also when the connection is gone; 0 where the stack does not
   * tell.
   */
  bytesReceived (): number

  /**
   * How many bytes of messages the stack has taken from all channels. It takes
   * more when its buffer has room, or the network where there is none: what comes
   * after the first mebibyte shows that the remote acknowledges. Never less than
   * before, also when the connection is gone; 0 where the stack does not tell.
   */
  bytesSent (): number

  /**
   * The remote takes empty frames on the handshake channel for nothing, as js-libp2p
   * does: the stack may send some where it needs that. go-libp2p would keep them for
   * good, and others close the channel.
   */
  allowEmptyFrames? (): void

  /**
   * Sends an empty frame, where the remote takes those for nothing: a stack that has
   * forgotten to send something again does so then. It does not count as sent. Never
   * throws.
   *
   * @param channel - of this connection; that of the handshake unless given
   */
  nudge (channel?: Channel): void

  /**
   * Ends the connection; nothing is flushed, and no handler is called any more.
   * The remote learns that it was closed. The promise resolves when the stack is
   * done, and never rejects.
   */
  close (): Promise<void>
}

/**
 * A STUN request with credentials that no connection has
 */
export interface StunRequest {
  /**
   * The first half of USERNAME: the ufrag of the end that was asked
   */
  serverUfrag: string

  /**
   * The second half of USERNAME: the ufrag of the end that asks
   */
  clientUfrag: string

  /**
   * Where it came from
   */
  host: string
  port: number
}

/**
 * A UDP socket that serves many connections
 */
export interface Mux {
  readonly port: number

  /**
   * The address it is bound to, unless that is every address
   */
  readonly host?: string

  /**
   * Stops reporting requests. Never throws.
   */
  close (): void
}
