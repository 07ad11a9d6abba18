/**
 * The certificates of the two ends of a connection. They are known only while the
 * native object lives, and asked for longer.
 */
import { ConnectionFailedError } from '@libp2p/interface'
import { parseFingerprint, readFingerprint } from '../wire/sdp.ts'
import type { Stats } from './stats.ts'

export class Fingerprints {
  private readonly stats: Stats
  private ours?: Uint8Array
  private theirs?: Uint8Array

  constructor (stats: Stats) {
    this.stats = stats
  }

  /**
   * @throws {ConnectionFailedError} if it was not asked for in time
   */
  local (): Uint8Array {
    this.ours ??= readFingerprint(this.stats.ask(native => native.localDescription()?.sdp) ?? '')

    if (this.ours == null) {
      throw new ConnectionFailedError('The connection has no local certificate')
    }

    return this.ours
  }

  remote (): Uint8Array | undefined {
    // empty before the DTLS handshake
    this.theirs ??= this.stats.ask(native => parseFingerprint(native.remoteFingerprint().value))

    return this.theirs
  }
}
