import { ConnectionFailedError, InvalidMultiaddrError, InvalidParametersError, StreamBufferError, StreamResetError, TimeoutError, UnsupportedOperationError } from '@libp2p/interface'

/**
 * The step of setting a connection up in which something went wrong, in the
 * order in which they happen.
 *
 * - `address`: the multiaddr was read, nothing was sent yet
 * - `ice`: STUN connectivity checks, does anybody answer at that address?
 * - `dtls`: the DTLS handshake, is it the certificate of the address?
 * - `sctp`: the association that carries the data channels
 * - `noise`: the Noise handshake, is it the right peer?
 * - `upgrade`: the connection is handed to libp2p
 */
export type SetupPhase = 'address' | 'ice' | 'dtls' | 'sctp' | 'noise' | 'upgrade'

/**
 * Setting up a connection failed: {@link phase} tells how far it got, `cause`
 * holds the error underneath where there is one.
 */
export class ConnectionSetupError extends Error {
  static name = 'ConnectionSetupError'
  name = 'ConnectionSetupError'
  readonly phase: SetupPhase

  constructor (message: string, phase: SetupPhase, options?: ErrorOptions) {
    super(`${phase}: ${message}`, options)
    this.phase = phase
  }
}

/**
 * Setting up a connection took longer than its deadline. In the phase `ice`
 * nobody answered at the address: the port is dead, the packets are dropped
 * on the way, or the remote refuses for the moment.
 */
export class SetupTimeoutError extends TimeoutError {
  static name = 'SetupTimeoutError'
  name = 'SetupTimeoutError'
  readonly phase: SetupPhase

  constructor (message: string, phase: SetupPhase) {
    super(`${phase}: ${message}`)
    this.phase = phase
  }
}

/**
 * The certificate that the remote presented is none of those whose hash the
 * address holds: the address is out of date, or somebody else answers there.
 */
export class CertificateMismatchError extends ConnectionSetupError {
  static name = 'CertificateMismatchError'
  name = 'CertificateMismatchError'
}

/**
 * The browser does not let a page choose the ICE credentials of its own offer,
 * which version 1 needs. Version 2 does without: dial with `dialerVersion: 'auto'`
 * or 2, at a listener that knows it.
 */
export class MungingRefusedError extends ConnectionSetupError {
  static name = 'MungingRefusedError'
  name = 'MungingRefusedError'
}

/**
 * There is no WebRTC here: in a worker, where a policy of the page, the user or an
 * administrator forbids it, or where the browser makes no more connections. The
 * message says which, and what to do.
 */
export class WebRTCUnavailableError extends ConnectionSetupError {
  static name = 'WebRTCUnavailableError'
  name = 'WebRTCUnavailableError'
}

/**
 * The browser connects to no such address. The message says which part of it is
 * the reason.
 */
export class AddressRefusedError extends ConnectionSetupError {
  static name = 'AddressRefusedError'
  name = 'AddressRefusedError'
}

/**
 * The certhash of an address uses a hash function other than sha-256. Thrown
 * before any packet is sent.
 */
export class UnsupportedHashError extends InvalidMultiaddrError {
  static name = 'UnsupportedHashError'
  name = 'UnsupportedHashError'
  readonly phase: SetupPhase = 'address'
}

/**
 * The node is part of a private network (it has a `connectionProtector`), and a
 * WebRTC connection can't be: nothing between the two stacks could be encrypted
 * once more. Thrown by `listen` and `dial`, before any packet is sent.
 */
export class PrivateNetworkError extends UnsupportedOperationError {
  static name = 'PrivateNetworkError'
  name = 'PrivateNetworkError'
  readonly phase: SetupPhase = 'address'
}

/**
 * A remote broke the rules of a stream: it sent data behind its end, or for long
 * after it was told that nobody reads, or frames that say nothing again and again.
 */
export class StreamViolationError extends Error {
  static name = 'StreamViolationError'
  name = 'StreamViolationError'
}

/**
 * The connection was made by another transport, or by another copy of this package:
 * `getStats` knows those of its own. The `remoteAddr` of a connection tells what it
 * was made by.
 */
export class UnknownConnectionError extends InvalidParametersError {
  static name = 'UnknownConnectionError'
  name = 'UnknownConnectionError'
}

/**
 * A remote sent something that the framing of streams does not allow: a frame
 * that is too long, a malformed length, a malformed message or text.
 */
export class FramingError extends Error {
  static name = 'FramingError'
  name = 'FramingError'
}

/**
 * The remote stopped answering, and the connection was given up: the network is
 * down, or the process of the remote has ended without closing it. A remote that
 * closes the connection is no error. What was written and not acknowledged may
 * not have arrived. Dial again.
 */
export class ConnectionLostError extends ConnectionFailedError {
  static name = 'ConnectionLostError'
  name = 'ConnectionLostError'

  /**
   * How long nothing was heard of the remote, in ms
   */
  readonly silence: number

  constructor (silence: number) {
    super(`The connection was lost: the remote stopped answering, nothing was heard of it for ${Math.round(silence / 1_000)} s`)
    this.silence = silence
  }
}

/**
 * The channel was closed, it can't send any more.
 */
export class ChannelClosedError extends Error {
  static name = 'ChannelClosedError'
  name = 'ChannelClosedError'
}

/**
 * All data channels that a connection can hold in one direction are in use and
 * none became free before the deadline.
 */
export class ChannelLimitError extends Error {
  static name = 'ChannelLimitError'
  name = 'ChannelLimitError'
}

/**
 * More was received on the streams of a connection than was read, and this one had
 * left most of it: see `maxConnectionReadBufferLength`.
 */
export class UnreadLimitError extends StreamBufferError {
  static name = 'UnreadLimitError'
  name = 'UnreadLimitError'
}

/**
 * The remote opened more streams than `maxInboundStreams`.
 */
export class InboundStreamLimitError extends Error {
  static name = 'InboundStreamLimitError'
  name = 'InboundStreamLimitError'
}

/**
 * The remote opened a data channel that may lose messages.
 */
export class UnreliableChannelError extends Error {
  static name = 'UnreliableChannelError'
  name = 'UnreliableChannelError'
}

/**
 * The remote opens every stream with a new data channel id, as go-libp2p and
 * rust-libp2p do, and the connection has none left: it was closed when its
 * streams had ended, so that the remote dials anew.
 */
export class ChannelIdsUsedUpError extends Error {
  static name = 'ChannelIdsUsedUpError'
  name = 'ChannelIdsUsedUpError'
}

/**
 * The remote reset the stream, or it closed the data channel or the connection
 * before both ends of the stream were closed. `errorCode` is the code it gave
 * as the reason, if it gave one.
 */
export class RemoteStreamResetError extends StreamResetError {
  static name = 'StreamResetError'
  name = 'StreamResetError'
  readonly errorCode?: number

  constructor (message: string, errorCode?: number) {
    super(message)
    this.errorCode = errorCode
  }
}

/**
 * The remote stopped reading (STOP_SENDING): what is written now would be
 * thrown away. `errorCode` is the code it gave as the reason, if it gave one.
 */
export class StopSendingError extends Error {
  static name = 'StopSendingError'
  name = 'StopSendingError'
  readonly errorCode?: number

  constructor (message = 'The remote stopped reading from the stream', errorCode?: number) {
    super(message)
    this.errorCode = errorCode
  }
}

/**
 * The remote did not acknowledge the end of what was written (no FIN_ACK in
 * time): the stream was reset, and it is not known what the remote received.
 */
export class FinAckTimeoutError extends TimeoutError {
  static name = 'FinAckTimeoutError'
  name = 'FinAckTimeoutError'
}

/**
 * Nothing was sent or received on a stream for its `inactivityTimeout`.
 */
export class InactivityTimeoutError extends TimeoutError {
  static name = 'InactivityTimeoutError'
  name = 'InactivityTimeoutError'
}

/**
 * The native WebRTC stack, node-datachannel, can't be loaded: it is not installed,
 * or there is none for this platform. Thrown by `listen` and `dial`.
 */
export class NativeStackError extends Error {
  static name = 'NativeStackError'
  name = 'NativeStackError'
}

/**
 * The native WebRTC stack serves one thread of a process, and another one uses it
 * or has used it: in a second one it would end the process. Use the transport in
 * one thread, and give other threads processes of their own (`fork` of
 * `node:child_process`). Thrown by `listen` and `dial`.
 */
export class NativeThreadError extends NativeStackError {
  static name = 'NativeThreadError'
  name = 'NativeThreadError'
}

/**
 * The certificates that were generated and stored can't be used, or not be
 * stored. What is in the datastore and the keychain has not been changed.
 */
export class CertificateStoreError extends Error {
  static name = 'CertificateStoreError'
  name = 'CertificateStoreError'
}
