/**
 * Starts connections, as the one that dials and as the one that answers.
 *
 * `setLocalDescription` ends the process when it refuses its arguments:
 * credentials are checked before.
 */
import { ConnectionFailedError, InvalidParametersError } from '@libp2p/interface'
import { isPwd, isUfrag } from '../wire/credentials.ts'
import { MAX_INBOUND_FRAME } from '../wire/framing.ts'
import { renderAnswer, renderOffer, withoutEnd } from '../wire/sdp.ts'
import { checkDescriptors } from './descriptors.ts'
import { checkAgain } from './further-checks.ts'
import { NativePeer } from './peer.ts'
import { stack } from './stack.ts'
import type { PeerInit } from './peer.ts'
import type { TransportCertificate } from '../certificates/certificate.ts'
import type { Mux, Peer, StunRequest } from '../ports.ts'
import type { Endpoint, Expectation } from '../wire/address.ts'
import type { CredentialPair } from '../wire/credentials.ts'
import type { PeerConnection, RtcConfig } from 'node-datachannel'

/**
 * The longest message that can arrive: a frame and its prefix. The stack cuts
 * longer ones, which the frame decoder notices.
 */
const MAX_MESSAGE_SIZE = MAX_INBOUND_FRAME + 3

export interface Target extends Endpoint, Pick<Expectation, 'fingerprints'> {
  /**
   * The address of this machine to connect from
   *
   * @default - what the system chooses
   */
  readonly bindAddress?: string
}

/**
 * Starts to connect to a listener. The peer has a certificate of its own, made
 * for this connection: "SHOULD NOT reuse the same certificate".
 *
 * @throws {ConnectionFailedError} if the stack refuses
 */
export function dialPeer (target: Target, credentials: CredentialPair, init: PeerInit): Peer {
  checkCredentials(credentials)

  const { client, server } = credentials
  const answer = withoutEnd(renderAnswer({
    ...target,
    credentials: server,
    fingerprint: target.fingerprints[0]
  }))

  return new NativePeer({
    ...init,
    version: credentials.version,
    opensEvenIds: true,
    expected: target.fingerprints,
    native: create({
      mtu: init.mtu,
      bindAddress: target.bindAddress,

      // the stack compares with one fingerprint only; the session compares with
      // all of them before the Noise handshake
      disableFingerprintVerification: target.fingerprints.length > 1
    }),
    describe: (native) => {
      native.setLocalDescription('offer', { iceUfrag: client.ufrag, icePwd: client.pwd })
      native.setRemoteDescription(answer, 'answer')
      checkAgain(native, target, init.log)
    }
  })
}

/**
 * Starts to answer a dialer
 *
 * @throws {ConnectionFailedError} if the stack refuses
 */
export function acceptPeer (request: StunRequest, credentials: CredentialPair, mux: Mux, certificate: TransportCertificate, init: PeerInit): Peer {
  checkCredentials(credentials)

  const { client, server } = credentials
  const offer = renderOffer({
    host: request.host,
    port: request.port,
    family: request.host.includes(':') ? 6 : 4,
    credentials: client,
    fingerprint: new Uint8Array(32)
  })

  return new NativePeer({
    ...init,
    version: credentials.version,
    opensEvenIds: false,
    native: create({
      mtu: init.mtu,
      certificatePemFile: certificate.pem,
      keyPemFile: certificate.privateKey,

      // the dialer's certificate can't be known, Noise binds it
      disableFingerprintVerification: true,
      enableIceUdpMux: true,
      bindAddress: mux.host,

      // without the range the stack takes the socket of any listener
      portRangeBegin: mux.port,
      portRangeEnd: mux.port
    }),
    describe: (native) => {
      native.setRemoteDescription(offer, 'offer')
      native.setLocalDescription('answer', { iceUfrag: server.ufrag, icePwd: server.pwd })
    }
  })
}

function create (config: Partial<RtcConfig>): PeerConnection {
  try {
    checkDescriptors()

    return new (stack().PeerConnection)('libp2p', {
      iceServers: [],
      disableAutoNegotiation: true,
      maxMessageSize: MAX_MESSAGE_SIZE,
      ...config
    })
  } catch (err: any) {
    throw new ConnectionFailedError(`The connection could not be made: ${err.message}`)
  }
}

function checkCredentials ({ client, server }: CredentialPair): void {
  for (const { ufrag, pwd } of [client, server]) {
    if (!isUfrag(ufrag) || !isPwd(pwd)) {
      throw new InvalidParametersError('The ICE credentials are not valid')
    }
  }
}
