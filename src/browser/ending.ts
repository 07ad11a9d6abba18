/**
 * What the states of a connection say of its end. Pure.
 *
 * `disconnected` is not the end: the path may come back. Chromium 156 says what the
 * end is as follows, and leaves `connectionState` as it was where the remote
 * closes:
 *
 * | what happens                   | ICE            | DTLS     | SCTP     |
 * |--------------------------------|----------------|----------|----------|
 * | the remote closes              | `connected`    | `closed` | `closed` |
 * | the remote is gone             | `failed`       |          |          |
 * | the certificate is another one | `connected`    | `failed` |          |
 * | a policy forbids WebRTC        | `failed`, before it was `checking` | | |
 */
export type Ending = 'closed' | 'lost'

export interface States {
  readonly connection: RTCPeerConnectionState
  readonly ice: RTCIceConnectionState
  readonly dtls?: RTCDtlsTransportState
  readonly sctp?: RTCSctpTransportState
}

export function statesOf (pc: RTCPeerConnection): States {
  return {
    connection: pc.connectionState,
    ice: pc.iceConnectionState,
    dtls: pc.sctp?.transport?.state,
    sctp: pc.sctp?.state
  }
}

/**
 * Has the connection ended, and did the remote close it?
 */
export function endingOf ({ connection, ice, dtls, sctp }: States): Ending | undefined {
  if (ice === 'failed') {
    return 'lost'
  }

  const isClosed = sctp === 'closed' || dtls === 'closed' || dtls === 'failed' || connection === 'closed' || connection === 'failed'

  if (isClosed) {
    // usrsctp, in Firefox, gives up where nothing is acknowledged
    return ice === 'disconnected' ? 'lost' : 'closed'
  }
}
