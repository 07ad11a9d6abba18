/**
 * Two ends of a native connection over loopback, without Noise
 */
import { generateKeyPair } from '@libp2p/crypto/keys'
import { deriveCertificate } from '../../src/certificates/derived.ts'
import { acceptPeer, dialPeer } from '../../src/native/connect.ts'
import { openMux } from '../../src/native/sockets.ts'
import { generateCredentials, parseCredentials } from '../../src/wire/credentials.ts'
import type { Peer } from '../../src/ports.ts'
import type { Version } from '../../src/wire/credentials.ts'
import type { Logger } from '@libp2p/interface'

export const MAX_BUFFERED_AMOUNT = 16_384

/**
 * @param log - of both ends
 * @param via - where the dialer dials instead of the port that is given
 * @param version - of the protocol
 */
export async function nativePair (log: Logger, via = async (port: number): Promise<number> => port, version: Version = 1): Promise<[dialer: Peer, listener: Peer]> {
  const signal = AbortSignal.timeout(10_000)
  const init = { log, maxBufferedAmount: MAX_BUFFERED_AMOUNT, mtu: 1_280, holdTimeout: 100 }
  const certificate = await deriveCertificate(await generateKeyPair('Ed25519'))
  const accepted = Promise.withResolvers<Peer>()
  let isAccepted = false

  const mux = await openMux({ host: '127.0.0.1', port: 0, family: 4 }, request => {
    const credentials = parseCredentials(request.serverUfrag, request.clientUfrag)

    if (credentials != null && !isAccepted) {
      isAccepted = true
      accepted.resolve(acceptPeer(request, credentials, mux, certificate, init))
    }
  }, log)

  const dialer = dialPeer({ host: '127.0.0.1', port: await via(mux.port), family: 4, fingerprints: [certificate.fingerprint] }, generateCredentials(version), init)
  const listener = await accepted.promise

  await Promise.all([dialer.connected(signal), listener.connected(signal)])
  mux.close()

  return [dialer, listener]
}
