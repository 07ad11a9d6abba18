/**
 * Which implementations there are, how each is started, and what is known of
 * its habits.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TRIALS } from '../test/browser/field-trials.ts'
import type { FieldTrial } from '../test/browser/field-trials.ts'

/**
 * Big, and worth keeping when the checkout is cleaned
 */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'libp2p-transport-webrtc-direct')
export const RUST_TARGET = join(CACHE, 'rust-target')
export const GO_PEER = join(CACHE, 'interop-go-libp2p')
export const PYTHON_ENVIRONMENT = join(CACHE, 'interop-py')

const JS_PEER = fileURLToPath(new URL('./js/peer.js', import.meta.url))
const PYTHON_PEER = fileURLToPath(new URL('../../interop/py/peer.py', import.meta.url))
const BROWSER_PEER = fileURLToPath(new URL('./browser/peer.js', import.meta.url))

/**
 * A peer that closes a connection tells the other end, which is to notice
 * within that time, in ms
 */
const PROMPTLY = 5_000

/**
 * How long the native stack of the JavaScript implementations goes on without
 * an answer to its consent checks (RFC 7675), and some more on a busy machine,
 * in ms
 */
const CONSENT_EXPIRED = 45_000

/**
 * When a page has missed a heartbeat and had no answer to its question, and some more on
 * a busy machine, in ms
 */
const HEARTBEAT_MISSED = 80_000

export interface PeerKind {
  /**
   * As it appears in the names of pairs
   */
  name: string

  /**
   * What has to be built to run it
   */
  program: 'js' | 'go' | 'rust' | 'python' | 'chromium' | 'firefox'

  /**
   * The executable and its first arguments
   */
  command: string[]

  /**
   * Whether it is the implementation under test
   */
  isOurs: boolean

  /**
   * Whether it runs in a page of a browser, where nothing can listen
   */
  isPage?: boolean

  /**
   * The version of the protocol that must carry the connections it dials, where
   * it tells
   */
  version?: 1 | 2

  /**
   * How many streams at a time it can be asked for, and why not for more
   */
  inFlight: number
  fewInFlight?: string

  /**
   * Within which time it notices that the other end is gone without a farewell,
   * in ms
   */
  noticesLoss: number

  /**
   * The same where the other end goes on to answer connectivity checks, in ms
   *
   * @default noticesLoss
   */
  noticesSilence?: number

  /**
   * Within which time it notices that the other end has closed the connection,
   * in ms
   */
  noticesClose: number

  /**
   * Why it notices late or never that the other end has gone, if so: it has to be
   * told to close its connections
   */
  ignoresEnd?: string

  /**
   * Why the other end learns that this one has closed a connection only by its
   * silence, if so
   */
  closesSilently?: string

  /**
   * The same for a listener that is stopped as a whole, which may or may not say
   * something
   */
  stopsListeningSilently?: string

  /**
   * Why it has to dial anew after some 500 streams, if so
   */
  takesIdsOnce?: string

  /**
   * A dial that fails like this, for no fault of the listener's, is tried again
   */
  retriesDial?: { error: RegExp, reason: string }

  /**
   * What it writes to standard error also when all is well
   */
  usual: RegExp[]
}

const JS = {
  program: 'js',
  inFlight: 32,
  noticesLoss: CONSENT_EXPIRED,
  noticesClose: PROMPTLY
} as const

export const OURS: PeerKind = {
  ...JS,
  name: 'ours',
  command: [process.execPath, JS_PEER, '--implementation', 'ours'],
  isOurs: true,
  usual: []
}

const JS_LIBP2P: PeerKind = {
  ...JS,
  name: '@libp2p/webrtc',
  command: [process.execPath, JS_PEER, '--implementation', 'js-libp2p'],
  isOurs: false,
  usual: []
}

const LITEP2P: PeerKind = {
  name: 'litep2p',
  program: 'rust',
  command: [join(RUST_TARGET, 'debug', 'interop-litep2p')],
  isOurs: false,
  inFlight: 32,
  noticesLoss: 60_000,
  noticesClose: PROMPTLY,
  closesSilently: 'litep2p says nothing on the wire when it closes a connection',
  usual: [
    /ChannelBufferedAmountLow/,
    /Drop BufferedAmountLow/,
    /Drop ChannelClose event/,
    /received non-stun packet without existing connection/
  ]
}

const RUST_LIBP2P: PeerKind = {
  name: 'rust-libp2p',
  program: 'rust',
  command: [join(RUST_TARGET, 'debug', 'interop-rust-libp2p')],
  isOurs: false,
  inFlight: 32,
  noticesLoss: 60_000,
  noticesClose: PROMPTLY,
  ignoresEnd: 'rust-libp2p does not notice that a connection has ended',
  takesIdsOnce: 'rust-libp2p takes each data channel id once',
  retriesDial: {
    error: /there already exists a stream with identifier|Timeout has been reached/,
    reason: 'rust-libp2p fails to dial now and then, when the first Noise message arrives before it has made its own handshake channel'
  },
  usual: [
    // extensions of the ClientHello that it does not know
    /Unsupported Extension Type/,

    // the abort of the association when the other end closes
    /failed to handle_inbound: ErrChunk/,

    // when it closes
    /Failed to accept RT[C]?P Session/,
    /Failed to close candidate .*: the agent is closed/,
    /dtls_transport unavailable/,
    /pingAllCandidates called with no candidate pairs/
  ]
}

export const GO_LIBP2P: PeerKind = {
  name: 'go-libp2p',
  program: 'go',
  command: [GO_PEER],
  isOurs: false,
  inFlight: 16,
  fewInFlight: 'go-libp2p can\'t do 32 with itself either',
  takesIdsOnce: 'go-libp2p takes each data channel id once',
  stopsListeningSilently: 'go-libp2p closes the socket of a listener at the same time as its connections (`Swarm.close` in p2p/net/swarm/swarm.go, `listener.Close` in p2p/transport/webrtc/listener.go), which then can\'t tell the other end any more',

  // ICE failed after 20 + 30 s
  noticesLoss: 60_000,
  noticesClose: PROMPTLY,
  usual: []
}

export const PY_LIBP2P: PeerKind = {
  name: 'py-libp2p',
  program: 'python',

  // without writing what it has compiled beside the sources
  command: [join(PYTHON_ENVIRONMENT, 'bin', 'python'), '-B', PYTHON_PEER],
  isOurs: false,
  inFlight: 16,
  fewInFlight: 'aiortc is slow to read its socket, which overflows at 32 now and then',
  noticesLoss: 60_000,
  noticesClose: PROMPTLY,
  ignoresEnd: 'py-libp2p does not notice that a connection has ended',
  usual: []
}

interface PageOptions {
  /**
   * Which version has to carry the connections
   */
  version: 1 | 2
  trial?: FieldTrial
}

/**
 * A page of a browser
 */
function page (browser: 'Chromium' | 'Firefox', implementation: 'ours' | '@libp2p/webrtc', { version, trial }: PageOptions = { version: 1 }): PeerKind {
  const program = browser === 'Chromium' ? 'chromium' : 'firefox'
  const isOurs = implementation === 'ours'
  const options = trial == null ? [] : ['--trial', trial]

  return {
    name: `${browser} (${implementation})`,
    program,
    command: [process.execPath, BROWSER_PEER, '--browser', program, '--implementation', isOurs ? 'ours' : 'js-libp2p', ...options],
    isOurs,
    isPage: true,
    version,
    inFlight: 32,
    noticesLoss: CONSENT_EXPIRED,
    noticesSilence: isOurs ? HEARTBEAT_MISSED : undefined,
    noticesClose: isOurs ? PROMPTLY : 10_000,
    ignoresEnd: isOurs ? undefined : '@libp2p/webrtc looks at the state of the peer connection only, which changes 5 s after the last packet',
    usual: []
  }
}

const CHROMIUM = page('Chromium', 'ours')
const CHROMIUM_2 = page('Chromium', 'ours', { version: 2 })

/**
 * Where version 1 is refused
 */
const CHROMIUM_WITH_TRIAL = TRIALS.map(trial => ({ dialer: page('Chromium', 'ours', { version: 2, trial }), variant: trial }))

export interface Pair {
  dialer: PeerKind
  listener: PeerKind

  /**
   * What sets it apart from another pair of the same two
   */
  variant?: string

  /**
   * The version of the protocol that the dialer is told to speak, unless that is
   * for itself to choose
   */
  dialerVersion?: 2
}

/**
 * Those that listen for it
 */
const KNOW_VERSION_2 = [OURS, GO_LIBP2P, PY_LIBP2P]

const VERSION_2 = { variant: 'version 2', dialerVersion: 2 } as const

/**
 * Pairs of two others say nothing about this package
 */
export const PAIRS: Pair[] = [
  { dialer: OURS, listener: OURS },
  { dialer: OURS, listener: OURS, ...VERSION_2 },
  { dialer: OURS, listener: JS_LIBP2P },
  { dialer: JS_LIBP2P, listener: OURS },
  { dialer: OURS, listener: GO_LIBP2P },
  { dialer: GO_LIBP2P, listener: OURS },
  { dialer: OURS, listener: GO_LIBP2P, ...VERSION_2 },
  { dialer: GO_LIBP2P, listener: OURS, ...VERSION_2 },
  { dialer: OURS, listener: PY_LIBP2P },
  { dialer: PY_LIBP2P, listener: OURS },
  { dialer: OURS, listener: PY_LIBP2P, ...VERSION_2 },
  { dialer: PY_LIBP2P, listener: OURS, ...VERSION_2 },
  { dialer: OURS, listener: RUST_LIBP2P },
  { dialer: RUST_LIBP2P, listener: OURS },
  { dialer: OURS, listener: LITEP2P },
  { dialer: LITEP2P, listener: OURS },

  ...[OURS, GO_LIBP2P, PY_LIBP2P, RUST_LIBP2P, LITEP2P].map(listener => ({ dialer: CHROMIUM, listener })),
  ...KNOW_VERSION_2.map(listener => ({ dialer: CHROMIUM_2, listener, ...VERSION_2 })),
  ...CHROMIUM_WITH_TRIAL.flatMap(one => KNOW_VERSION_2.map(listener => ({ ...one, listener }))),
  { dialer: page('Chromium', '@libp2p/webrtc'), listener: OURS },
  { dialer: page('Firefox', 'ours'), listener: OURS },
  { dialer: page('Firefox', '@libp2p/webrtc'), listener: OURS }
]

export function pairName ({ dialer, listener, variant }: Pair): string {
  return `${dialer.name} -> ${listener.name}${variant == null ? '' : ` (${variant})`}`
}
