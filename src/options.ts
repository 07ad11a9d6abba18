/**
 * Every option with its default, its unit and the reason for the number.
 */
import { InvalidParametersError } from '@libp2p/interface'
import { certificateOptions } from './certificate-options.ts'
import { duration, inRange } from './option-ranges.ts'
import { MAX_OUTBOUND_FRAME, MIN_OUTBOUND_FRAME } from './wire/framing.ts'
import type { CertificateOptions, OwnCertificate } from './certificate-options.ts'
import type { DialerVersion } from './wire/credentials.ts'
import type { StreamOptions } from '@libp2p/interface'

/**
 * How streams use their data channels
 */
export interface DataChannelOptions {
  /**
   * The longest message to send on a data channel, in bytes: a frame with its
   * length prefix. 64 to 16,384.
   *
   * Every implementation in the field can read 4,096 bytes: go-libp2p reads the
   * start of a frame through a buffer of that size, rust-libp2p can't read more
   * than 8,192. js-libp2p reads 16,384, which costs less, and is known by its agent
   * version once identify has told it. Frames are as long as whole packets, 3,432 bytes
   * of 4,096: a rest would take a packet as well.
   *
   * @default 4096, and 16384 to remotes that are js-libp2p or litep2p
   */
  maxMessageSize?: number

  /**
   * How many bytes may wait for the network in the send queue of a data
   * channel before `send()` returns `false`. The queue comes after the buffer
   * of 1 MiB that all streams of a connection share, so it need not be long;
   * while it is short, streams take turns.
   *
   * @default 16384, and 65536 in a page, which hears late that there is room
   */
  maxBufferedAmount?: number

  /**
   * How long `close()` waits without any progress for the remote to acknowledge
   * the end of the stream (FIN_ACK), in ms. The stream is reset then.
   *
   * It is a time of silence: as long as bytes of the connection arrive, are taken
   * by the stack or are acknowledged, `close()` waits on, because on a slow path
   * the end waits behind all that was written before. A signal that is passed to
   * `close()` ends it at its own time.
   *
   * @default 10000
   */
  finAckTimeout?: number
}

/**
 * The options of `webRTCDirect`, all of them optional
 */
export interface WebRTCDirectInit {
  /**
   * The certificate of the listeners, whose hash is in their addresses. Dialers
   * use a fresh one for every connection.
   *
   * - `'derived'`: follows from the private key of the node, as in go-libp2p, so
   *   the addresses stay as long as the node keeps its key
   * - `'generated'`: made at random, kept in the datastore and the keychain, and
   *   renewed before it ends
   * - one of your own
   *
   * @default 'derived', or 'generated' where one of the options
   * `certificateLifespan`, `certificateRenewalThreshold`,
   * `certificateDatastoreKey` and `certificateKeychainName` is given
   */
  certificate?: 'derived' | 'generated' | OwnCertificate

  /**
   * How long a generated certificate is valid, in ms. 1,000 ms to 100 years.
   *
   * @default 1209600000 (14 days)
   */
  certificateLifespan?: number

  /**
   * How long before the end of a generated certificate the next one is made and
   * announced, in ms. Must be less than `certificateLifespan`. Until the end the
   * old address works as well.
   *
   * @default 86400000 (1 day), or half of a `certificateLifespan` that is not longer
   */
  certificateRenewalThreshold?: number

  /**
   * Where in the datastore generated certificates are kept
   *
   * @default '/libp2p/webrtc-direct/certificate'
   */
  certificateDatastoreKey?: string

  /**
   * The name that the key of generated certificates has in the keychain. Without
   * a keychain nothing is kept, and another start is another address.
   *
   * @default 'webrtc-direct-certificate-private-key'
   */
  certificateKeychainName?: string

  /**
   * Settings for data channels
   */
  dataChannel?: DataChannelOptions

  /**
   * The longest IP packet to send, in bytes, as if it were one of IPv6: datagrams are
   * 48 bytes shorter. 640 to 4,144.
   *
   * Packets take most of the time: a transfer over loopback was 1.1 times as
   * fast with 1,500, and 1.7 times with 4,000. The stack does not look for what a path
   * carries, and does not let packets be cut on their way. So with more than the path
   * carries, or the remote reads, no connection is made, or it hangs with the first
   * data that is long. Every link of IPv6 carries 1,280 (RFC 8200 section 5), which is
   * what WebRTC sends (RFC 8831 section 5). More is for paths that are known at both
   * ends: 1,500 for an Ethernet without tunnels; this package and `@libp2p/webrtc` read
   * up to 4,144, go-libp2p reads 1,500. Less is for tunnels of IPv4. The remote chooses
   * for what it sends. A page can't choose.
   *
   * @default 1280
   */
  mtu?: number

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
   * connection can hold (510 from the dialer, 511 from the listener) are in
   * use, in ms. A signal passed to `newStream` ends the waiting earlier.
   *
   * @default 10000
   */
  streamOpenTimeout?: number

  /**
   * Defaults for every stream.
   *
   * A stream may rest for as long as it likes: gossipsub opens one for a topic
   * that may be quiet for hours. An `inactivityTimeout`, in ms, resets those on
   * which nothing was sent or received for so long. It can be given for all
   * streams here, and for one with `newStream`.
   *
   * @default no `inactivityTimeout`, `maxReadBufferLength` 4194304 (4 MiB), no `maxWriteBufferLength`
   */
  streamOptions?: StreamOptions

  /**
   * How many bytes may wait unread in all streams of a connection together, each
   * with `maxReadBufferLength` at most. Four times as much where readers do read,
   * but slower than the remote sends. Beyond that the stream that holds most is
   * reset. Eight streams may be full at a time: without this bound 512 could be,
   * with 2 GiB of one remote.
   *
   * @default 33554432 (32 MiB)
   */
  maxConnectionReadBufferLength?: number

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
   * How long a dialer waits for the first answer to its connectivity checks, in
   * ms: an address at which nobody answers for so long is given up.
   *
   * libp2p tries the addresses of a peer one after another, and allows 10 s for
   * all of them: two dead ones leave time for the next. Checks are sent after 0,
   * 0.5, 1.5 and 3.5 s. Over a path with a round trip of one second that loses a
   * tenth of the packets, 799 of 800 dials were answered within this time, and
   * 788 within 3.5 s.
   *
   * @default 4000
   */
  iceTimeout?: number

  /**
   * The version of the protocol to dial with. A listener takes both.
   *
   * - `'auto'`: version 1, which every listener in the field knows. Where the browser
   *   refuses it, version 2 on the same connection; where nobody has answered for
   *   1 s, the other version beside it. What worked is remembered for the peer.
   * - `1`: version 1 only. Browsers are about to refuse it.
   * - `2`: version 2 only, which go-libp2p (0.49 and newer), py-libp2p and this
   *   package know. litep2p, rust-libp2p and `@libp2p/webrtc` do not answer it.
   *
   * @default 'auto'
   */
  dialerVersion?: DialerVersion

  /**
   * How many incoming connections a listener sets up at the same time whose dialers
   * have not yet answered the connectivity check: a stranger can cause one with a
   * made-up packet. Each takes about 0.1 MB, and is given up after 1.1 s, or after
   * 0.3 s where another one needs the room. Dialers repeat their requests.
   *
   * @default 64
   */
  maxPendingConnections?: number

  /**
   * The same of dialers that have answered, until libp2p has the connection. Where
   * another one needs the room, one gives way that has not finished DTLS after 1 s.
   * Each takes about 0.4 MB. As they stay for half of `setupTimeout` at most
   * without DTLS, and for 0.1 to 2 s with it, it is seldom full.
   *
   * @default 96
   */
  maxPendingHandshakes?: number

  /**
   * How many incoming connections a listener starts to set up each second, at the
   * first request of a dialer. What succeeds does not count. When that is used up
   * there is as much for requests that come the second time, and so on: dialers
   * repeat their requests after 0.05 to 0.5 s, and strangers that make them up would
   * have to remember them.
   *
   * @default 64
   */
  setupRate?: number

  /**
   * The same for one source, an IPv4 address or a /64 network of IPv6. Four times as
   * much may come at once: there may be several nodes behind one address.
   *
   * @default 16
   */
  setupRatePerSource?: number

  /**
   * For how long after its start a listener with a given port takes a request only
   * when it comes again within 1.2 s, in ms. Dialers of a process that listened there
   * before still ask whether it lives, with credentials that are valid: an answer
   * lets them wait for another 30 s, and each costs a set-up. Whoever connects comes
   * again after 0.05 to 0.5 s. Not for port 0, which nobody knows.
   *
   * @default 30000
   */
  settlingTime?: number
}

/**
 * What the muxer and its streams need to know
 */
export interface StreamLimits extends Required<Omit<DataChannelOptions, 'maxBufferedAmount' | 'maxMessageSize'>>, StreamOptions {
  /**
   * Nothing where it depends on the remote
   */
  maxMessageSize?: number
  maxInboundStreams: number
  maxEarlyStreams: number
  maxConnectionReadBufferLength: number
  streamOpenTimeout: number
}

export interface Options {
  certificate: CertificateOptions
  streams: StreamLimits
  maxBufferedAmount: number
  mtu: number
  setupTimeout: number
  iceTimeout: number
  dialerVersion: DialerVersion
  maxPendingConnections: number
  maxPendingHandshakes: number
  setupRate: number
  setupRatePerSource: number
  settlingTime: number
}

/**
 * What can't be cut, COOKIE ECHO of SCTP, is in a datagram of 585 bytes. libjuice reads
 * 4,096.
 */
const MIN_MTU = 640
const MAX_MTU = 4_096 + 48

/**
 * Fills in the defaults
 *
 * @throws {InvalidParametersError} that names the option which is out of range
 */
export function resolveOptions (init: WebRTCDirectInit = {}): Options {
  const { dataChannel = {} } = init

  return {
    certificate: certificateOptions(init),
    streams: {
      ...init.streamOptions,
      maxMessageSize: dataChannel.maxMessageSize == null ? undefined : inRange('dataChannel.maxMessageSize', dataChannel.maxMessageSize, MIN_OUTBOUND_FRAME, MAX_OUTBOUND_FRAME),
      finAckTimeout: duration('dataChannel.finAckTimeout', dataChannel.finAckTimeout ?? 10_000),
      maxInboundStreams: inRange('maxInboundStreams', init.maxInboundStreams ?? 512, 0),
      maxEarlyStreams: inRange('maxEarlyStreams', init.maxEarlyStreams ?? 32, 0),
      maxConnectionReadBufferLength: inRange('maxConnectionReadBufferLength', init.maxConnectionReadBufferLength ?? 32 * 1024 * 1024, 1),
      streamOpenTimeout: duration('streamOpenTimeout', init.streamOpenTimeout ?? 10_000)
    },
    maxBufferedAmount: inRange('dataChannel.maxBufferedAmount', dataChannel.maxBufferedAmount ?? 16_384, 0),
    mtu: inRange('mtu', init.mtu ?? 1_280, MIN_MTU, MAX_MTU),
    setupTimeout: duration('setupTimeout', init.setupTimeout ?? 10_000),
    iceTimeout: duration('iceTimeout', init.iceTimeout ?? 4_000),
    dialerVersion: dialerVersion(init.dialerVersion),
    maxPendingConnections: inRange('maxPendingConnections', init.maxPendingConnections ?? 64, 1),
    maxPendingHandshakes: inRange('maxPendingHandshakes', init.maxPendingHandshakes ?? 96, 1),
    setupRate: inRange('setupRate', init.setupRate ?? 64, 1),
    setupRatePerSource: inRange('setupRatePerSource', init.setupRatePerSource ?? 16, 1),
    settlingTime: inRange('settlingTime', init.settlingTime ?? 30_000, 0)
  }
}

function dialerVersion (version: DialerVersion = 'auto'): DialerVersion {
  if (version !== 'auto' && version !== 1 && version !== 2) {
    throw new InvalidParametersError(`dialerVersion must be 'auto', 1 or 2, not ${version as unknown}`)
  }

  return version
}
