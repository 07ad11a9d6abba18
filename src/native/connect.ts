/**
 * Starts connections, as the one that dials and as the one that answers.
 */
import { renderAnswer, renderOffer } from '../wire/sdp.ts'
import { NativePeer } from './peer.ts'
import type { TransportCertificate } from '../certificates/certificate.ts'
import type { Mux, Peer, StunRequest } from '../ports.ts'
import type { PeerInit } from './peer.ts'
import type { DialTarget } from '../wire/address.ts'
import type { CredentialPair } from '../wire/credentials.ts'

/**
 * Starts to connect to a listener. The peer has a certificate of its own, made
 * for this connection: "SHOULD NOT reuse the same certificate".
 */
export function dialPeer (target: DialTarget, credentials: CredentialPair, init: PeerInit): Peer {
  const peer = new NativePeer({
    ...init,
    opensEvenIds: true,
    config: {
      // the stack compares with one fingerprint only; the session compares with
      // all of them before the Noise handshake
      disableFingerprintVerification: target.fingerprints.length > 1
    }
  })

  try {
    peer.startAsClient(credentials, renderAnswer({
      ...target,
      credentials: credentials.server,
      fingerprint: target.fingerprints[0]
    }))
  } catch (err) {
    void peer.close()
    throw err
  }

  return peer
}

/**
 * Starts to answer a dialer
 */
export function acceptPeer (request: StunRequest, credentials: CredentialPair, mux: Mux, certificate: TransportCertificate, init: PeerInit): Peer {
  const peer = new NativePeer({
    ...init,
    opensEvenIds: false,
    config: {
      certificatePemFile: certificate.pem,
      keyPemFile: certificate.privateKey,

      // the dialer's certificate can't be known, Noise binds it
      disableFingerprintVerification: true,
      enableIceUdpMux: true,
      bindAddress: mux.host,

      // without the range the stack takes the socket of any listener
      portRangeBegin: mux.port,
      portRangeEnd: mux.port
    }
  })

  try {
    peer.startAsServer(credentials, renderOffer({
      host: request.host,
      port: request.port,
      family: request.host.includes(':') ? 6 : 4,
      credentials: credentials.client,
      fingerprint: new Uint8Array(32)
    }))
  } catch (err) {
    void peer.close()
    throw err
  }

  return peer
}
