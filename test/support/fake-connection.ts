/**
 * What the transport uses of `RTCPeerConnection` and `RTCDataChannel`, as Chromium
 * does it, with the network and the remote left to the test.
 */

export interface FakeBrowser {
  /**
   * What the constructor throws
   */
  refusal?: DOMException

  /**
   * What becomes of credentials that the page puts into its offer: they are taken,
   * the description is rejected, the browser keeps its own, or the candidate is
   */
  munging: 'allowed' | 'rejected' | 'ignored' | 'restricted'

  /**
   * Whether the browser tells of channels that it closes with the connection
   */
  tellsOfChannels: boolean

  /**
   * The connections that were made
   */
  readonly connections: FakeConnection[]

  restore (): void
}

/**
 * Puts it into the place of the browser's
 */
export function fakeBrowser (): FakeBrowser {
  const scope = globalThis as { RTCPeerConnection?: unknown }
  const original = scope.RTCPeerConnection
  const browser: FakeBrowser = {
    munging: 'allowed',
    tellsOfChannels: true,
    connections: [],
    restore () {
      scope.RTCPeerConnection = original
    }
  }

  scope.RTCPeerConnection = class extends FakeConnection {
    constructor () {
      super(browser)

      if (browser.refusal != null) {
        throw browser.refusal
      }

      browser.connections.push(this)
    }
  }

  return browser
}

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => i.toString(16).padStart(2, '0').toUpperCase()).join(':')

const OFFER = [
  'v=0',
  'o=- 1 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'c=IN IP4 0.0.0.0',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=sctp-port:5000',
  'a=max-message-size:262144',
  ''
].join('\r\n')

const DOM_LIMIT = 16 * 1024 * 1024

type Description = { type: string, sdp: string }

export class FakeConnection {
  connectionState = 'new'
  iceConnectionState = 'new'
  localDescription?: Description
  remoteDescription?: Description
  readonly candidates: string[] = []
  readonly channels: FakeChannel[] = []
  readonly offered = OFFER
  isClosed = false

  /**
   * How often it was asked for statistics, and what it says
   */
  asked = 0
  stats: Array<Record<string, unknown>> = []

  /**
   * Whether the association is there: without it no channel comes to be open
   */
  isAssociated = false

  sctp?: {
    state: string
    maxChannels: number | null
    onstatechange: (() => void) | null
    transport: { state: string, onstatechange: (() => void) | null, iceTransport?: { getSelectedCandidatePair (): unknown } }
  }

  onconnectionstatechange: (() => void) | null = null
  oniceconnectionstatechange: (() => void) | null = null
  ondatachannel: ((event: { channel: FakeChannel }) => void) | null = null
  private readonly browser: FakeBrowser

  constructor (browser: FakeBrowser) {
    this.browser = browser
  }

  private mustBeOpen (): void {
    if (this.isClosed) {
      throw new DOMException("The RTCPeerConnection's signalingState is 'closed'.", 'InvalidStateError')
    }
  }

  async createOffer (): Promise<Description> {
    this.mustBeOpen()

    return { type: 'offer', sdp: this.offered }
  }

  async setLocalDescription (description: Description): Promise<void> {
    this.mustBeOpen()
    const isMunged = description.sdp !== this.offered

    if (isMunged && this.browser.munging === 'rejected') {
      throw new DOMException('SDP is modified in a non-acceptable way', 'InvalidModificationError')
    }

    this.localDescription = this.browser.munging === 'ignored' ? { type: 'offer', sdp: this.offered } : description
  }

  async setRemoteDescription (description: Description): Promise<void> {
    this.mustBeOpen()
    this.remoteDescription = description
    this.sctp = { state: 'connecting', maxChannels: null, onstatechange: null, transport: { state: 'new', onstatechange: null } }
  }

  async addIceCandidate ({ candidate }: { candidate: string }): Promise<void> {
    this.mustBeOpen()

    if (this.browser.munging === 'restricted' && this.localDescription?.sdp !== this.offered) {
      throw new DOMException('Error processing ICE candidate', 'OperationError')
    }

    this.candidates.push(candidate)
  }

  async getStats (): Promise<Map<string, Record<string, unknown>>> {
    this.asked++

    return new Map(this.stats.map(stats => [`${stats.id}`, stats]))
  }

  createDataChannel (label: string, { negotiated = false, id }: { negotiated?: boolean, id?: number } = {}): FakeChannel {
    this.mustBeOpen()

    if (negotiated && this.usedIds().has(id ?? 0)) {
      throw new DOMException(`RTCDataChannel with id ${id} exists already`, 'OperationError')
    }

    const channel = new FakeChannel(negotiated ? id ?? 0 : this.lowestFreeId(), label)
    this.channels.push(channel)

    if (this.isAssociated) {
      queueMicrotask(() => { channel.opens() })
    }

    return channel
  }

  private usedIds (): Set<number | null> {
    return new Set(this.channels.filter(({ readyState }) => readyState !== 'closed').map(({ id }) => id))
  }

  private lowestFreeId (): number {
    const used = this.usedIds()
    let id = 0

    while (used.has(id)) {
      id += 2
    }

    return id
  }

  close (): void {
    this.isClosed = true
    this.connectionState = 'closed'
  }

  // --- what happens ---

  iceIs (state: string): void {
    this.iceConnectionState = state
    this.oniceconnectionstatechange?.()
  }

  connectionIs (state: string): void {
    this.connectionState = state
    this.onconnectionstatechange?.()
  }

  dtlsIs (state: string): void {
    if (this.sctp != null) {
      this.sctp.transport.state = state
      this.sctp.transport.onstatechange?.()
    }
  }

  sctpIs (state: string): void {
    if (this.sctp != null) {
      this.sctp.state = state
      this.sctp.onstatechange?.()
    }
  }

  /**
   * ICE, DTLS and SCTP come up, and the channels with them
   */
  connects (): void {
    this.iceIs('checking')
    this.iceIs('connected')
    this.dtlsIs('connecting')
    this.dtlsIs('connected')
    this.connectionIs('connected')
    this.sctpIs('connected')
    this.isAssociated = true
    this.channels.forEach(channel => { channel.opens() })
  }

  /**
   * The remote aborts the association
   */
  remoteCloses (): void {
    this.isAssociated = false

    if (this.browser.tellsOfChannels) {
      this.channels.forEach(channel => { channel.fails('sctp-failure') })
    }

    this.sctpIs('closed')
    this.dtlsIs('closed')
  }

  /**
   * The remote opens a channel
   */
  remoteOpens (id: number, properties: Partial<FakeChannel> = {}): FakeChannel {
    const channel = Object.assign(new FakeChannel(id, ''), { readyState: 'open' }, properties)
    this.channels.push(channel)
    this.ondatachannel?.({ channel })

    return channel
  }
}

export class FakeChannel {
  readonly id: number | null
  readonly label: string
  readyState = 'connecting'
  ordered = true
  binaryType = 'blob'
  bufferedAmount = 0
  bufferedAmountLowThreshold = 0
  maxPacketLifeTime: number | null = null
  maxRetransmits: number | null = null
  readonly sent: Uint8Array[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onbufferedamountlow: (() => void) | null = null
  onerror: ((event: unknown) => void) | null = null
  onclosing: (() => void) | null = null
  onclose: (() => void) | null = null

  constructor (id: number | null, label: string) {
    this.id = id
    this.label = label
  }

  send (data: Uint8Array): void {
    if (this.readyState !== 'open') {
      throw new DOMException("RTCDataChannel.readyState is not 'open'", 'InvalidStateError')
    }

    if (this.bufferedAmount + data.byteLength > DOM_LIMIT) {
      throw new DOMException('RTCDataChannel send queue is full', 'OperationError')
    }

    this.sent.push(data.slice())
    this.bufferedAmount += data.byteLength
  }

  close (): void {
    if (this.readyState !== 'closed') {
      this.readyState = 'closing'
    }
  }

  // --- what happens ---

  opens (): void {
    if (this.readyState === 'connecting') {
      this.readyState = 'open'
      this.onopen?.()
    }
  }

  receives (data: unknown): void {
    this.onmessage?.({ data })
  }

  /**
   * The network takes what waits, but for so many bytes
   */
  drains (left = 0): void {
    const before = this.bufferedAmount
    this.bufferedAmount = left

    if (before > this.bufferedAmountLowThreshold && left <= this.bufferedAmountLowThreshold) {
      this.onbufferedamountlow?.()
    }
  }

  /**
   * The remote has reset the stream
   */
  remoteResets (): void {
    this.readyState = 'closing'
    this.onclosing?.()
  }

  /**
   * Both ends have reset the stream
   */
  closes (): void {
    this.readyState = 'closed'
    this.onclose?.()
  }

  fails (errorDetail: string): void {
    this.remoteResets()
    this.readyState = 'closed'
    this.onerror?.({ error: Object.assign(new Error(errorDetail), { errorDetail }) })
    this.onclose?.()
  }
}
