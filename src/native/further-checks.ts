/**
 * A connectivity check beside the first one, which only starts the listener: it makes an
 * agent for it and drops it. libjuice sends its next one 50 ms after the listener's has
 * arrived, or after half a second. One that reaches the listener a few ms after the
 * first is answered at once, which on a path with a longer round trip saves a dial that
 * round trip and 40 ms.
 *
 * libjuice sends a check when it learns of a candidate, unless another check is due
 * within 50 ms, as on the loopback, where the listener's own has come before. So it is
 * told of the same address again, as another candidate.
 */
import { systemClock } from '../clock.ts'
import { guard } from '../guard.ts'
import { renderCandidate } from '../wire/sdp.ts'
import type { Clock } from '../clock.ts'
import type { Endpoint } from '../wire/address.ts'
import type { Logger } from '@libp2p/interface'
import type { PeerConnection } from 'node-datachannel'

/**
 * How long after the first check, in ms: a listener needs 3 or 4 to start. If it is
 * ready just before, DTLS begins before it takes that, and waits for its timer of a
 * second. So there is one further check and not more, and some time before it.
 */
const DELAY = 10

export type CheckedConnection = Pick<PeerConnection, 'addRemoteCandidate' | 'iceState'>

export function checkAgain (native: CheckedConnection, { host, port }: Pick<Endpoint, 'host' | 'port'>, log: Logger, clock: Clock = systemClock): void {
  clock.after(DELAY, guard(log, () => {
    // one that was answered, or is closed, needs no more
    if (native.iceState() === 'checking') {
      native.addRemoteCandidate(renderCandidate(host, port, 1), '0')
    }
  }))
}
