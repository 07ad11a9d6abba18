/**
 * Every option with its default, its unit and the reason for the number.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { MAX_OUTBOUND_FRAME, MIN_OUTBOUND_FRAME } from './framing.ts'
import type { StreamOptions } from '@libp2p/interface'

export interface DataChannelOptions {
  /**
   * The longest message to send on a data channel, in bytes: a frame with its
   * length prefix. 64 to 16,384.
   *
   * Every implementation in the field can read 4,096 bytes: go-libp2p reads the
   * start of a frame through a buffer of that size, rust-libp2p can't read more
   * than 8,192. On loopback it costs little against 16 KiB.
   *
   * @default 4096
   */
  maxMessageSize?: number

  /**
   * How many bytes may wait for the network in the send queue of a data
   * channel before `send()` returns `false`. The queue comes after the buffer
   * of 1 MiB that all streams of a connection share, so it need not be long;
   * while it is short, streams take turns.
   *
   * @default 16384
   */
  maxBufferedAmount?: number

  /**
   * How long `close()` waits for the remote to acknowledge the end of the
   * stream (FIN_ACK), in ms. The stream is reset then.
   *
   * @default 10000
   */
  finAckTimeout?: number
}

export interface WebRTCDirectInit {
  /**
   * Settings for data channels
   */
  dataChannel?: DataChannelOptions

  /**
   * How many streams a remote may have open on one connection; more are reset.
   * The native stack holds 512 in each direction.
   *
   * @default 512
   */
  maxInboundStreams?: number

  /**
   * How many streams are held that a remote opens before the connection is
   * ready for them. More are closed.
   *
   * @default 32
   */
  maxEarlyStreams?: number

  /**
   * How long opening a stream waits for a free data channel when all that the
   * connection can hold (511 from the dialer, 512 from the listener) are in
   * use, in ms. A signal passed to `newStream` ends the waiting earlier.
   *
   * @default 10000
   */
  streamOpenTimeout?: number

  /**
   * Defaults for every stream
   */
  streamOptions?: StreamOptions

  /**
   * How long setting up a connection may take from the first packet to the end
   * of the Noise handshake, in ms, both when dialing and when listening. When
   * dialing, the signal of the dial ends it earlier.
   *
   * go-libp2p allows as much; a path with a round trip of one second needs
   * eight of them.
   *
   * @default 10000
   */
  setupTimeout?: number

  /**
   * How many incoming connections a listener sets up at the same time. Requests
   * beyond that are ignored before anything is allocated for them; a dialer
   * repeats its request, so in a burst of dials the last ones take longer.
   *
   * Each takes about 0.1 MB and some packets until it is set up, and a stranger
   * can cause that with one made-up packet. Such a set-up is given up after 3 s
   * without an answer to its connectivity check.
   *
   * @default 64
   */
  maxPendingConnections?: number
}

/**
 * What the muxer and its streams need to know
 */
export interface StreamLimits extends Required<Omit<DataChannelOptions, 'maxBufferedAmount'>>, StreamOptions {
  maxInboundStreams: number
  maxEarlyStreams: number
  streamOpenTimeout: number
}

export interface Options {
  streams: StreamLimits
  maxBufferedAmount: number
  setupTimeout: number
  maxPendingConnections: number
}

/**
 * Fills in the defaults
 *
 * @throws {InvalidParametersError} that names the option which is out of range
 */
export function resolveOptions (init: WebRTCDirectInit = {}): Options {
  const { dataChannel = {} } = init

  return {
    streams: {
      ...init.streamOptions,
      maxMessageSize: inRange('dataChannel.maxMessageSize', dataChannel.maxMessageSize ?? 4_096, MIN_OUTBOUND_FRAME, MAX_OUTBOUND_FRAME),
      finAckTimeout: duration('dataChannel.finAckTimeout', dataChannel.finAckTimeout ?? 10_000),
      maxInboundStreams: inRange('maxInboundStreams', init.maxInboundStreams ?? 512, 0),
      maxEarlyStreams: inRange('maxEarlyStreams', init.maxEarlyStreams ?? 32, 0),
      streamOpenTimeout: duration('streamOpenTimeout', init.streamOpenTimeout ?? 10_000)
    },
    maxBufferedAmount: inRange('dataChannel.maxBufferedAmount', dataChannel.maxBufferedAmount ?? 16_384, 0),
    setupTimeout: duration('setupTimeout', init.setupTimeout ?? 10_000),
    maxPendingConnections: inRange('maxPendingConnections', init.maxPendingConnections ?? 64, 1)
  }
}

/**
 * A time in ms that `setTimeout` can take; it fires at once for a longer one
 */
function duration (name: string, value: number): number {
  return inRange(name, value, 1, 2 ** 31 - 1)
}

function inRange (name: string, value: number, min: number, max: number = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new InvalidParametersError(`${name} must be a whole number from ${min} to ${max}, not ${value}`)
  }

  return value
}
