/**
 * Starts to connect to a listener.
 *
 * - Nothing of the offer but the ICE credentials is changed: Chromium counts
 *   `max-message-size` as munging too.
 * - The candidate is added by itself. A browser that restricts munging by address
 *   drops one that is in the answer, and says nothing.
 * - Chromium refuses several fingerprints: each try has one.
 */
import { renderAnswer, readCandidates, withoutCandidates } from '../wire/sdp.ts'
import { mungingRefused, setOffer } from './offer.ts'
import { BrowserPeer } from './peer.ts'
import { refusedAddress } from './refusal.ts'
import type { PeerInit } from './peer.ts'
import type { Peer } from '../ports.ts'
import type { Endpoint } from '../wire/address.ts'
import type { Version } from '../wire/credentials.ts'

export interface BrowserTry extends Endpoint {
  /**
   * The sha-256 digest of the certificate that the listener has to present
   */
  readonly fingerprint: Uint8Array
  readonly version: Version

  /**
   * Whether to go on with version 2 where the browser refuses version 1
   */
  readonly mayChangeVersion: boolean
}

/**
 * The peer has a certificate of its own, made by the browser for this connection.
 * What goes wrong comes out of `connected()`.
 *
 * @throws {WebRTCUnavailableError} if the browser makes no connection
 */
export function dialPeer (target: BrowserTry, init: PeerInit): Peer {
  return new BrowserPeer({
    ...init,
    ...target,
    describe: async (pc) => {
      const { server, version } = await setOffer(pc, target.version, target.mayChangeVersion)
      const answer = renderAnswer({ ...target, credentials: server })
      await pc.setRemoteDescription({ type: 'answer', sdp: withoutCandidates(answer) })

      for (const candidate of readCandidates(answer)) {
        await addCandidate(pc, candidate, target, version)
      }

      return version
    }
  })
}

async function addCandidate (pc: RTCPeerConnection, candidate: string, { host, port }: BrowserTry, version: Version): Promise<void> {
  try {
    await pc.addIceCandidate({ candidate, sdpMid: '0', sdpMLineIndex: 0 })
  } catch (cause: any) {
    throw version === 1
      ? mungingRefused(`the browser does not connect to ${host} with ICE credentials that a page has chosen`, cause)
      : refusedAddress(host, port, cause)
  }
}
