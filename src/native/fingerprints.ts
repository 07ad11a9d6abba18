/**
 * The certificates of the two ends of a connection. They are known only while the
 * native object lives, and asked for longer.
 */
import { ConnectionFailedError } from '@libp2p/interface'
import { equals } from 'uint8arrays/equals'
import { parseFingerprint, readFingerprint } from '../wire/sdp.ts'
import type { Stats } from './stats.ts'

export class Fingerprints {
  private readonly stats: Stats
  private readonly expected?: readonly Uint8Array[]
  private ours?: Uint8Array
  private theirs?: Uint8Array

  /**
   * @param stats - of the connection
   * @param expected - what the remote may present; anything where it is not given
   */
  constructor (stats: Stats, expected?: readonly Uint8Array[]) {
    this.stats = stats
    this.expected = expected
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

  /**
   * Whether that of the remote was known when it was asked for
   */
  get isKnown (): boolean {
    return this.theirs != null
  }

  /**
   * Whether the remote has presented what it may: the stack knows another one for a
   * moment before it refuses it
   */
  isVerified (): boolean {
    const remote = this.remote()

    return remote != null && this.expected?.some(fingerprint => equals(fingerprint, remote)) !== false
  }
}
