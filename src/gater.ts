/**
 * What can be refused by the address of a dialer alone, before anything is
 * allocated for it.
 */
import { UnsupportedOperationError } from '@libp2p/interface'
import { AbstractMultiaddrConnection } from '@libp2p/utils'
import { raceSignal } from 'race-signal'
import { ConnectionSetupError } from './errors.ts'
import type { ConnectionGater, Logger, MultiaddrConnection } from '@libp2p/interface'
import type { SendResult } from '@libp2p/utils'
import type { Multiaddr } from '@multiformats/multiaddr'

export interface GaterComponents {
  connectionGater?: ConnectionGater
}

/**
 * Asks `denyInboundConnection` of the gater about the source of a first packet,
 * which is not proven: libp2p asks it again about the connection, when the peer
 * is known. The other limits of libp2p count those that they are asked about,
 * so they are asked once, and not about what a stranger can make up.
 *
 * @throws {ConnectionSetupError} if the gater denies the connection, closes it,
 * or fails
 */
export async function askGater ({ connectionGater }: GaterComponents, remoteAddr: Multiaddr, signal: AbortSignal, log: Logger): Promise<void> {
  if (connectionGater?.denyInboundConnection == null) {
    return
  }

  const maConn: MultiaddrConnection = new UnprovenConnection({ remoteAddr, direction: 'inbound', log: log.newScope('connection') })
  let denied: boolean

  try {
    denied = await raceSignal(Promise.resolve(connectionGater.denyInboundConnection(maConn)), signal)
  } catch (cause: any) {
    log.error('the gater could not decide on a connection with %a - %e', remoteAddr, cause)
    throw new ConnectionSetupError(`the gater could not decide: ${cause.message}`, 'ice', { cause })
  }

  if (denied || maConn.status !== 'open') {
    log('the gater denies a connection with %a', remoteAddr)
    throw new ConnectionSetupError('the gater denies the connection', 'ice')
  }
}

/**
 * Where a packet came from, and nothing else yet
 */
class UnprovenConnection extends AbstractMultiaddrConnection {
  sendData (): SendResult {
    throw new UnsupportedOperationError('There is no connection yet')
  }

  async sendClose (): Promise<void> {}
  sendReset (): void {}
  sendPause (): void {}
  sendResume (): void {}
}
