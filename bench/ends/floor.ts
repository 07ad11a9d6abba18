/**
 * What the native stack can do: node-datachannel alone, with the messages that a
 * connection and a stream of webrtc-direct need at least. No libp2p, no Noise.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { generateKeyPair } from '@libp2p/crypto/keys'
import { multiaddr } from '@multiformats/multiaddr'
import { IceUdpMuxListener, PeerConnection } from 'node-datachannel'
import { raceSignal } from 'race-signal'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { encodeCerthash, parseDialTarget, withCerthash } from '../../src/wire/address.ts'
import { generateCredentials, parseCredentials } from '../../src/wire/credentials.ts'
import { renderAnswer, renderOffer } from '../../src/wire/sdp.ts'
import { acceptStream, openStream } from './floor-stream.ts'
import type { BenchConnection, BenchStream, End, Protocol, Reader } from './end.ts'
import type { TransportCertificate } from '../../src/certificates/certificate.ts'
import type { IceUdpMuxRequest, RtcConfig } from 'node-datachannel'

const HOST = '127.0.0.1'

/**
 * What authentication needs a channel for, which is there as soon as the
 * connection is
 */
const CHANNEL_0 = { negotiated: true, id: 0 }

/**
 * In ms. Where many dial at once, one may never come about: nobody else gives it up here.
 */
const DIAL_TIMEOUT = 30_000

/**
 * As in the transport
 */
const COMMON: RtcConfig = { iceServers: [], disableAutoNegotiation: true, disableFingerprintVerification: true }

type Serve = (protocol: Protocol, stream: BenchStream) => Reader

export class Floor implements End {
  private readonly certificate: TransportCertificate
  private readonly config: RtcConfig

  // what is collected is closed
  private readonly peers = new Map<string, PeerConnection>()
  private mux?: IceUdpMuxListener

  private constructor (certificate: TransportCertificate, mtu?: number) {
    this.certificate = certificate
    this.config = mtu == null ? COMMON : { ...COMMON, mtu }
  }

  static async create (mtu?: number): Promise<Floor> {
    return new Floor(await deriveCertificate(await generateKeyPair('Ed25519')), mtu)
  }

  async listen (serve: Serve): Promise<string> {
    const port = await freePort()
    this.mux = new IceUdpMuxListener(port, HOST)
    this.mux.onUnhandledStunRequest(request => { this.accept(request, serve) })

    const address = multiaddr(`/ip4/${HOST}/udp/${port}/webrtc-direct`)

    // the peer id of the key of nobody: there is no handshake that looks at it
    return `${withCerthash(address, encodeCerthash(this.certificate.fingerprint))}/p2p/12D3KooWLq8wEjoBXuy1HVmk8FUHFHuZgtoVurgKcLByK2fd2cd6`
  }

  async dial (address: string): Promise<BenchConnection> {
    const { host, port, family, fingerprints: [fingerprint] } = parseDialTarget(multiaddr(address))
    const { client, server } = generateCredentials(1)
    const peer = new PeerConnection('floor', this.config)
    const channel = peer.createDataChannel('', CHANNEL_0)
    const open = Promise.withResolvers<void>()
    channel.onOpen(open.resolve)

    peer.setLocalDescription('offer', { iceUfrag: client.ufrag, icePwd: client.pwd })
    peer.setRemoteDescription(renderAnswer({ host, port, family, credentials: server, fingerprint }), 'answer')

    try {
      await raceSignal(open.promise, AbortSignal.timeout(DIAL_TIMEOUT))
    } catch (err) {
      peer.close()
      throw err
    }

    return {
      async open (protocol, onStream) {
        return openStream(peer.createDataChannel(''), protocol, onStream)
      },

      async close () {
        channel.close()
        peer.close()
      }
    }
  }

  async settled (): Promise<void> {}

  private accept ({ ufrag, localUfrag, host, port }: IceUdpMuxRequest, serve: Serve): void {
    const credentials = parseCredentials(localUfrag, ufrag)

    if (credentials == null || this.peers.has(localUfrag) || this.mux == null) {
      return
    }

    const { client, server } = credentials
    const peer = new PeerConnection('floor', {
      ...this.config,
      certificatePemFile: this.certificate.pem,
      keyPemFile: this.certificate.privateKey,
      enableIceUdpMux: true,
      bindAddress: HOST,
      portRangeBegin: this.mux.port(),
      portRangeEnd: this.mux.port()
    })
    this.peers.set(localUfrag, peer)

    const channel = peer.createDataChannel('', CHANNEL_0)
    channel.onClosed(() => { peer.close() })
    peer.onStateChange(state => {
      if (state === 'closed' || state === 'failed') {
        this.peers.delete(localUfrag)
      }
    })
    peer.onDataChannel(channel => { acceptStream(channel, serve) })
    peer.setRemoteDescription(renderOffer({ host, port, family: 4, credentials: client, fingerprint: new Uint8Array(32) }), 'offer')
    peer.setLocalDescription('answer', { iceUfrag: server.ufrag, icePwd: server.pwd })
  }
}

/**
 * The stack does not tell which one it has taken
 */
async function freePort (): Promise<number> {
  const socket = createSocket('udp4').bind(0, HOST)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()

  return port
}
