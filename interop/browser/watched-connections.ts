/**
 * Watches the peer connections of a page, whoever makes them.
 */
import type { Version } from '../../src/wire/credentials.ts'

interface Watched {
  connection: WeakRef<RTCPeerConnection>
  version?: Version
}

/**
 * Those that may be open
 */
const watched = new Set<Watched>()

/**
 * The version of the protocol that an answer belongs to: the server's ufrag says
 * it
 */
function versionOf (sdp?: string): Version | undefined {
  const version = /^a=ice-ufrag:libp2p\+webrtc\+v([12])\//m.exec(sdp ?? '')?.[1]

  return version == null ? undefined : Number(version) as Version
}

globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  private readonly entry: Watched

  constructor (configuration?: RTCConfiguration) {
    super(configuration)
    this.entry = { connection: new WeakRef(this) }
    watched.add(this.entry)
  }

  async setRemoteDescription (description: RTCSessionDescriptionInit): Promise<void> {
    this.entry.version = versionOf(description.sdp)

    return super.setRemoteDescription(description)
  }
}

/**
 * Those that are not closed
 */
function open (): Watched[] {
  for (const entry of watched) {
    const { signalingState } = entry.connection.deref() ?? {}

    if (signalingState == null || signalingState === 'closed') {
      watched.delete(entry)
    }
  }

  return [...watched]
}

export function openPeerConnections (): number {
  return open().length
}

/**
 * The version of the newest connection. Which one is connected may show later
 * than its channels are open: then it is the only one.
 */
export function connectedVersion (): Version | undefined {
  const all = open()

  return (all.findLast(({ connection }) => connection.deref()?.connectionState === 'connected') ?? all.at(-1))?.version
}
