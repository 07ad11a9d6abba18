/**
 * Scenarios that fail through a fault that is not this package's, with the
 * evidence. They are run all the same; if one passes it counts as passed.
 *
 * An entry names what may fail, and how. It can't excuse that our process ends
 * or that something of the connection is left at our end.
 */
import { TRIALS } from '../test/browser/field-trials.ts'
import type { Check, Failure } from './outcome.ts'

interface Expected {
  check: Exclude<Check, 'our process' | 'our status'>
  message: RegExp
}

export interface KnownFailure {
  /**
   * The names of pairs
   */
  pairs: string[]
  scenarios: RegExp

  /**
   * What goes wrong: each of these, and nothing else
   */
  failures: Expected[]

  /**
   * What may go wrong as well
   */
  consequences?: Expected[]

  /**
   * - `theirs`: a fault of the other implementation's
   * - `rare`: the scenario passes but for now and then. Then it is run again, up
   *   to twice, and what comes out of that counts.
   */
  kind: 'theirs' | 'rare'
  reason: string

  /**
   * A line of its source or its log, of the specification, or a trace
   */
  evidence: string
}

const RUST_IGNORES_END = {
  kind: 'theirs' as const,
  reason: 'rust-libp2p does not notice that a connection has ended',
  evidence: 'in src/tokio/connection.rs of libp2p-webrtc 0.10.0-alpha neither `poll` nor `poll_inbound` returns an error, and nothing listens to the state of the peer connection. It logs `webrtc_sctp::association: [] failed to handle_inbound: ErrChunk` when our end closes, which is how webrtc-sctp takes the ABORT of the association (association_internal.rs: `downcast_ref::<ChunkAbort>().is_some() { return Err(Error::ErrChunk) }`). Where a connection was closed, all data had arrived before.'
}

const RUST_MISTAKES_CONNECTIONS = {
  kind: 'rare' as const,
  reason: 'rust-libp2p gives what arrives to a connection from before, whose end it has not noticed',
  evidence: 'in src/tokio/udp_mux.rs of libp2p-webrtc 0.10.0-alpha all connections have one socket, and what arrives goes to the connection that has the source address (`self.address_map.get(&addr)`), which is the same for all connections with one listener. A connection that sends takes the address back (`send_to` of udp_mux_conn.rs in webrtc-ice 0.17.2: `if !self.contains_address(..) { self.add_address(..) }`), and those from before, which "dialing anew" leaves, send checks for as long as they do not notice their end. Its log then says `[controlling]: discard message from (127.0.0.1:33155), integrity check failed` and `ErrMismatchUsername expected(..)`, and its association gets none of our packets: our end has no acknowledgement. Seen in 2 of 45 runs behind such scenarios. Within them streams wait for what our end sends again after 200, 600 or 1,400 ms: more than 1.5 s in 1 of 17 runs.'
}

const PY_IGNORES_END = {
  kind: 'theirs' as const,
  reason: 'py-libp2p does not notice that a connection has ended',
  evidence: 'in libp2p/transport/webrtc of libp2p 0.8.1 `wait_for_connected` stops to listen to the state of the peer connection once it is connected (`_aiortc_helpers.py`, line 149), and `wire_pc_to_connection` listens for data channels only (line 402). `WebRTCConnection._closed` is set by its own `close` and by nothing else (`connection.py`, line 175). Its streams end, as if by FIN (`on_channel_close` in `stream.py`). Where a connection was closed, all data had arrived before.'
}

const PY_HURRIES = {
  kind: 'theirs' as const,
  reason: 'py-libp2p gives a stream up 5 s after its FIN, also while what it has sent before is under way',
  evidence: 'in libp2p/transport/webrtc/stream.py of libp2p 0.8.1 FIN is queued behind all data, and FIN_ACK is awaited by `with trio.move_on_after(5.0)` (line 453). On two busy cores it carries 5 to 10 MB a second, and 64 MiB take longer than that. So do 8 MiB, which take 4 to 5.6 s where nothing else runs.'
}

/**
 * The pairs of a listener with pages, whose transport is ours
 */
function fromPages (listener: string): string[] {
  const pair = `Chromium (ours) -> ${listener}`

  return [...inBothVersions(pair), ...TRIALS.map(trial => `${pair} (${trial})`)]
}

/**
 * The pair with each version of the protocol that the dialer may speak
 */
function inBothVersions (pair: string): string[] {
  return [pair, `${pair} (version 2)`]
}

const TO_PY = [...inBothVersions('ours -> py-libp2p'), ...fromPages('py-libp2p')]

const TO_PY_IN_A_HURRY: Expected[] = [
  { check: 'outcome', message: /^the dialer \((Chromium \()?ours\)?\): exchange failed: \{"StreamResetError: The remote reset the stream":1\}$/ },
  { check: 'streams', message: /^the listener \(py-libp2p\): inbound stream of [\w-]+ after \d+ bytes: TimeoutError: No FIN_ACK came within 5 s$/ }
]

const FROM_PY_IN_A_HURRY: Expected[] = [
  { check: 'outcome', message: /^the dialer \(py-libp2p\): exchange failed: \{"TimeoutError: No FIN_ACK came within 5 s":1\}$/ },
  { check: 'streams', message: /^the listener \(ours\): inbound stream of [\w-]+ after \d+ bytes: Stream(ResetError: The remote reset the stream|StateError: Cannot write to a stream that is closing)$/ }
]

export const KNOWN_FAILURES: KnownFailure[] = [
  {
    pairs: [...inBothVersions('go-libp2p -> ours'), ...inBothVersions('ours -> go-libp2p')],
    scenarios: /./,
    failures: [{ check: 'streams', message: /^the \w+ \(ours\): inbound stream of [\w-]+ after \d+ bytes: FramingError: The first messages of the channel overtook each other, and two of them have the same length$/ }],
    consequences: (['outcome', 'streams'] as const).map(check => ({
      check,
      message: /^the \w+ \(go-libp2p\): [^{]*(stream reset \(remote\)[^{]*|\{("[^"]*stream reset \(remote\)[^"]*":\d+,?)+\})$/
    })),
    kind: 'rare',
    reason: 'libdatachannel lets the first messages of a channel overtake each other',
    evidence: 'in src/impl/channel.cpp of libdatachannel 0.24.5 `Channel::flushPendingMessages` takes a message from the queue and hands it over without a lock. Where a message arrives in the moment in which the callback for messages is registered, two threads do so at once. go-libp2p sends without waiting for an answer. Our end restores the order from the prefixes of frames, and resets the stream where two frames of the same length could be the late one, which is seen where go-libp2p sends much at once. Others that we know wait for an answer first.'
  },
  {
    pairs: ['ours -> rust-libp2p', ...fromPages('rust-libp2p')],
    scenarios: /^the (dialer (closes the connection|is stopped|is killed)|page is closed)/,
    failures: [{ check: 'outcome', message: /^the listener \(rust-libp2p\): waited \d+ ms for it to say disconnected$/ }],

    // the connection that it thinks is there
    consequences: [{ check: 'their status', message: /^the listener \(rust-libp2p\): close failed: not done within \d+ s$/ }],
    ...RUST_IGNORES_END
  },
  {
    pairs: ['rust-libp2p -> ours'],
    scenarios: /^the listener (closes the connection|is stopped|is killed)/,
    failures: [{ check: 'outcome', message: /^the dialer \(rust-libp2p\): waited \d+ ms for it to say disconnected$/ }],
    ...RUST_IGNORES_END
  },
  {
    pairs: TO_PY,
    scenarios: /^the (dialer (closes the connection|is stopped|is killed)|page is closed)/,
    failures: [{ check: 'outcome', message: /^the listener \(py-libp2p\): waited \d+ ms for it to say disconnected$/ }],
    ...PY_IGNORES_END
  },
  {
    pairs: inBothVersions('py-libp2p -> ours'),
    scenarios: /^the listener (closes the connection|is stopped|is killed)/,
    failures: [{ check: 'outcome', message: /^the dialer \(py-libp2p\): waited \d+ ms for it to say disconnected$/ }],
    ...PY_IGNORES_END
  },
  {
    pairs: ['rust-libp2p -> ours'],
    scenarios: /dialing anew|^1,000 streams/,
    failures: [{ check: 'outcome', message: /^the dialer \(rust-libp2p\): exchange failed: not done within \d+ s \{"timed out":\d+\}$/ }],

    // it closes the connections that it thinks are there, which nobody answers
    consequences: [{ check: 'their status', message: /^the dialer \(rust-libp2p\): close failed: not done within \d+ s$/ }],
    kind: 'theirs',
    reason: 'rust-libp2p does not notice that a connection has ended, and its streams on it hang until a time-out',
    evidence: 'the end of the connection as above. It takes every data channel id once (`generate_and_set_data_channel_id` of webrtc 0.17.2 looks at the list of all channels there ever were), so our end closes the connection after at most 511 streams; what it opens from there on waits for nothing, and the peer finds out by pings only. Where it found out it dialed anew, and no stream that had ended was wrong.'
  },
  {
    pairs: ['rust-libp2p -> ours'],
    scenarios: /dialing anew where the connection ends, 1 in flight$/,
    failures: [{ check: 'outcome', message: /^the dialer \(rust-libp2p\): exchange failed: not done within \d+ s \{"the end came after 0 of 100 bytes":1,"timed out":\d+\}$/ }],
    kind: 'rare',
    reason: 'rust-libp2p does not notice that a connection has ended, and its streams on it hang until a time-out',
    evidence: 'as above, and one stream that ended without an answer: seen once in four runs on a slow machine. That it was on its way when our end closed the connection is inferred.'
  },
  {
    pairs: ['rust-libp2p -> ours'],
    scenarios: /opened by the listener/,
    failures: [{ check: 'outcome', message: /^the listener \(ours\): exchange failed: \{("[^"]*":\d+,)*"ConnectionLostError: The connection was lost: the remote stopped answering, nothing was heard of it for \d+ s":\d+(,"[^"]*":\d+)*\}$/ }],
    ...RUST_MISTAKES_CONNECTIONS
  },
  {
    pairs: ['rust-libp2p -> ours'],
    scenarios: /dialing anew where the connection ends, 1 in flight$/,
    failures: [{ check: 'outcome', message: /^the dialer \(rust-libp2p\): a stream took 1[5-9]\d\d ms, the limit is 1500 ms$/ }],
    ...RUST_MISTAKES_CONNECTIONS
  },
  {
    pairs: ['ours -> litep2p', ...fromPages('litep2p')],
    scenarios: /data in flight|MiB/,
    failures: [
      { check: 'outcome', message: /^the dialer \((Chromium \()?ours\)?\): [\w-]+ failed: (StreamResetError: The remote reset the stream|\{"StreamResetError: The remote reset the stream":1\})$/ },
      { check: 'streams', message: /^the listener \(litep2p\): inbound stream of [\w-]+ after \d+ bytes: connection reset$/ }
    ],
    consequences: [{ check: 'streams', message: /^the listener \(litep2p\): outbound stream of [\w-]+ after \d+ bytes: the remote has ended the stream$/ }],
    kind: 'rare',
    reason: 'litep2p resets a stream whose reader is 256 messages late',
    evidence: 'in src/transport/webrtc/substream.rs of litep2p 0.16.0 "an over-full inbound channel is treated as the peer flooding us and the substream is reset", which is one with 256 messages (`MAX_INFLIGHT_MESSAGES`). WebRTC has no flow control by stream, so a dialer can\'t know how many there are; on a busy machine a reader that reads all the time may be that late. Seen with messages of 4 KiB, in 34 of 220 echoes of 8 MiB; with those of 16 KiB, which our end sends since, in none of 120. Where the round trip is longer than on a local path, as on a busy machine, our messages have one chunk, 1,144 bytes, until the path is known to be fast: that is how two uploads, of 1 and 8 MiB, were reset after 0.6 MB, as far as can be told from their length.'
  },
  {
    pairs: TO_PY,
    scenarios: /64 MiB/,
    failures: TO_PY_IN_A_HURRY,
    ...PY_HURRIES
  },
  {
    pairs: TO_PY,
    scenarios: /\b8 MiB/,
    failures: TO_PY_IN_A_HURRY,
    ...PY_HURRIES,
    kind: 'rare'
  },
  {
    // it was about to be over: all has arrived at our end, which was acknowledged
    pairs: ['ours -> py-libp2p'],
    scenarios: /^both write and half-close at once, 8 MiB$/,
    failures: [{ check: 'streams', message: /^the listener \(py-libp2p\): inbound stream of both after \d+ bytes: TimeoutError: No FIN_ACK came within 5 s$/ }],
    ...PY_HURRIES,
    kind: 'rare'
  },
  {
    pairs: inBothVersions('py-libp2p -> ours'),
    scenarios: /64 MiB/,
    failures: FROM_PY_IN_A_HURRY,
    ...PY_HURRIES
  },
  {
    pairs: inBothVersions('py-libp2p -> ours'),
    scenarios: /\b8 MiB/,
    failures: FROM_PY_IN_A_HURRY,
    ...PY_HURRIES,
    kind: 'rare'
  },
  {
    pairs: [...fromPages('py-libp2p'), ...fromPages('rust-libp2p')],
    scenarios: /^the listener closes the connection with data in flight$/,
    failures: [
      { check: 'outcome', message: /^the dialer \(Chromium \(ours\)\): waited \d+ ms for it to say that a stream of sink \(inbound\) has ended$/ },
      { check: 'streams', message: /^the dialer \(Chromium \(ours\)\): (in|out)bound stream of \w+ after \d+ bytes: FinAckTimeoutError: The remote stopped answering: / }
    ],
    kind: 'rare',
    reason: 'py-libp2p and rust-libp2p close in the middle of what they send, say so once, and answer connectivity checks afterwards',
    evidence: 'what says the end, ABORT of SCTP and the alert of DTLS, has one packet each, behind a burst that fills the receive buffer of the page: the two were lost with the end of it. In a trace of each the page acknowledges what came before, sends its own again and again, and the other end answers all its connectivity checks for the 15 s that are left of the scenario. So ICE stays connected, and the page finds out by what SCTP does not answer, 20 to 70 s later. Seen in 5 of 118 runs.'
  },
  {
    pairs: ['Chromium (@libp2p/webrtc) -> ours'],
    scenarios: /connections, one after another$/,
    failures: [{ check: 'outcome', message: /: dial failed: UnknownError: Failed to construct 'RTCPeerConnection': Cannot create so many PeerConnections$/ }],
    kind: 'rare',
    reason: 'Chromium counts connections that are closed until they are collected',
    evidence: 'a page can have 500, and its script can\'t have them collected. Seen in 2 of 2 runs of everything with Chromium 156.0.8078.114, in which the page of @libp2p/webrtc had made others before, in none of 5 of that pair alone, and with this package in the page in none of 8.'
  },
  {
    pairs: fromPages('litep2p'),
    scenarios: /streams/,
    failures: [{ check: 'outcome', message: /^the dialer \(Chromium \(ours\)\): exchange failed: \{"StreamResetError: The remote closed the data channel before both ends of the stream were closed":\d+\}$/ }],
    consequences: [{ check: 'streams', message: /^the listener \(litep2p\): inbound stream of .*: connection reset/ }],
    kind: 'theirs',
    reason: 'litep2p resets a new channel that has the id of one that was just closed',
    evidence: 'Chromium uses the lowest free id at once. Of the channels that it opens while 16 streams are in flight 1 to 4 of 100 are closed by litep2p before anything was sent, with @libp2p/webrtc in the page as well (63 of 1,500 streams, ours 47). In Node.js our end leaves an id alone for a second after litep2p has closed its channel, and loses none. One after another ours lost none of 1,500, because it lets litep2p close the channels.'
  }
]

/**
 * The entry that explains everything that went wrong, if there is one
 */
export function explain (pair: string, scenario: string, failures: Failure[], known: KnownFailure[] = KNOWN_FAILURES): KnownFailure | undefined {
  return known.find(entry => {
    const { pairs, scenarios, failures: expected, consequences = [] } = entry

    return pairs.includes(pair) && scenarios.test(scenario) &&
      failures.every(failure => [...expected, ...consequences].some(one => isSuch(failure, one))) &&
      expected.every(one => failures.some(failure => isSuch(failure, one)))
  })
}

function isSuch (failure: Failure, { check, message }: Expected): boolean {
  return check === failure.check && message.test(failure.message)
}
