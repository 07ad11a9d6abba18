/**
 * Two ends of a native connection over loopback, without Noise
 */
import { generateKeyPair } from '@libp2p/crypto/keys'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { acceptPeer, dialPeer } from '../../src/native/connect.ts'
import { openMux } from '../../src/native/sockets.ts'
import { generateCredentials } from '../../src/wire/credentials.ts'
import type { Peer } from '../../src/ports.ts'
import type { Logger } from '@libp2p/interface'

export const MAX_BUFFERED_AMOUNT = 16_384

interface Start {
  dialer: Peer
  listener: Promise<Peer>

  /**
   * Lets go of the port of the listener
   */
  close (): void
}

/**
 * @param log - of both ends
 * @param via - where the dialer dials instead of the port that is given
 */
export async function nativePair (log: Logger, via?: (port: number) => Promise<number>): Promise<[dialer: Peer, listener: Peer]> {
  const signal = AbortSignal.timeout(10_000)
  const { dialer, listener: accepted, close } = await startPair({ log, via })
  const listener = await accepted

  const ends: [Peer, Peer] = [dialer, listener]

  await Promise.all(ends.map(async end => end.connected(signal)))
  close()

  // as when a handshake is over
  ends.forEach(({ handshakeChannel }) => { handshakeChannel.expectNoMore() })

  return ends
}

export interface StartInit {
  /**
   * Of both ends
   */
  log: Logger

  /**
   * Where the dialer dials instead of the port that is given
   */
  via? (port: number): Promise<number>

  /**
   * The certificate that the dialer expects
   *
   * @default - that of the listener
   */
  fingerprint?: Uint8Array
}

/**
 * Two ends that begin to connect
 */
export async function startPair ({ log, via = async port => port, fingerprint }: StartInit): Promise<Start> {
  const init = { log, maxBufferedAmount: MAX_BUFFERED_AMOUNT, mtu: 1_280, holdTimeout: 100 }
  const certificate = await deriveCertificate(await generateKeyPair('Ed25519'))
  const accepted = Promise.withResolvers<Peer>()
  const credentials = generateCredentials(1)
  let isAccepted = false

  // a dialer that has just been closed may still ask at a port that is used again
  const mux = await openMux({ host: '127.0.0.1', port: 0, family: 4 }, request => {
    if (request.clientUfrag === credentials.client.ufrag && !isAccepted) {
      isAccepted = true
      accepted.resolve(acceptPeer(request, credentials, mux, certificate, init))
    }
  }, log)

  return {
    dialer: dialPeer({ host: '127.0.0.1', port: await via(mux.port), family: 4, fingerprints: [fingerprint ?? certificate.fingerprint] }, credentials, init),
    listener: accepted.promise,
    close: () => { mux.close() }
  }
}
