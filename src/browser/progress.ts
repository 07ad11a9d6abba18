/**
 * How far setting up a connection got, and what the end of it means. Pure.
 */
import { ConnectionFailedError } from '@libp2p/interface'
import { CertificateMismatchError } from '../errors.ts'
import { endingOf } from './ending.ts'
import { forbidden, isLoopback, refusedAddress } from './refusal.ts'
import type { States } from './ending.ts'

export class Progress {
  private readonly host: string
  private readonly port: number

  /**
   * - `new`: the browser has not tried the address
   * - `checking`: nobody has answered
   * - `dtls`: ICE is connected
   * - `sctp`: DTLS is connected, and with it the certificate right
   */
  at: 'new' | 'checking' | 'dtls' | 'sctp' = 'new'

  constructor (host: string, port: number) {
    this.host = host
    this.port = port
  }

  get phase (): 'ice' | 'dtls' | 'sctp' {
    return this.at === 'new' || this.at === 'checking' ? 'ice' : this.at
  }

  /**
   * The states have changed. Returns why the connection can't be made, if it can't.
   */
  update (states: States): Error | undefined {
    if (states.dtls === 'connected') {
      this.at = 'sctp'
    } else if (this.phase === 'ice' && (states.ice === 'connected' || states.ice === 'completed')) {
      this.at = 'dtls'
    } else if (this.at === 'new' && states.ice === 'checking') {
      this.at = 'checking'
    }

    const ending = endingOf(states)

    if (ending == null) {
      return
    }

    switch (this.at) {
      case 'new': return forbidden()
      case 'checking': return isLoopback(this.host) ? this.refused() : new ConnectionFailedError('ICE failed, nobody has answered')
      case 'dtls': return this.dtlsFailure(states)
      case 'sctp': return new ConnectionFailedError('The remote closed the connection')
      default: return this.at satisfies never
    }
  }

  /**
   * No browser says why DTLS failed, but for this it does. Chromium may tell of SCTP
   * before it tells of DTLS, which SCTP can't end without.
   */
  private dtlsFailure ({ connection, dtls }: States): Error | undefined {
    if (dtls === 'closed') {
      return new ConnectionFailedError('The remote closed the connection')
    }

    if (dtls === 'connecting' && connection !== 'failed') {
      return
    }

    return new CertificateMismatchError(`the browser refused the certificate of ${this.host} port ${this.port}, which is another one: the address is out of date, or somebody else answers there`, 'dtls')
  }

  /**
   * The browser does not try the address
   */
  refused (cause?: Error): Error {
    return refusedAddress(this.host, this.port, cause)
  }
}
