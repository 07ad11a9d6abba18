import type { SetupPhase } from './errors.ts'
import type { Version } from './wire/credentials.ts'
import type { OpenConnectionProgressEvents, PeerId } from '@libp2p/interface'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { ProgressEvent } from 'progress-events'

/**
 * One try to connect: an IP address, or a name where a browser looks it up, and a
 * version of the protocol
 */
export interface DialAttempt {
  /**
   * The address that is dialed
   */
  readonly address: Multiaddr

  readonly host: string
  readonly port: number

  /**
   * What is spoken. A browser that refuses version 1 goes on with version 2, and the
   * next event says so.
   */
  readonly version: Version
}

/**
 * How a dial goes on, for `onProgress`. `docs/progress.md` has a table of when each
 * is emitted.
 */
export type WebRTCDirectProgressEvents =
  ProgressEvent<'webrtc-direct:dial', { readonly address: Multiaddr }> |
  ProgressEvent<'webrtc-direct:resolved', { readonly address: Multiaddr, readonly hosts: readonly string[] }> |
  ProgressEvent<'webrtc-direct:ice', DialAttempt> |
  ProgressEvent<'webrtc-direct:dtls', DialAttempt> |
  ProgressEvent<'webrtc-direct:sctp', DialAttempt> |
  ProgressEvent<'webrtc-direct:attempt-failed', DialAttempt & { readonly phase: SetupPhase, readonly error: Error }> |
  ProgressEvent<'webrtc-direct:attempt-lost', DialAttempt> |
  ProgressEvent<'webrtc-direct:noise', DialAttempt> |
  ProgressEvent<'webrtc-direct:upgrade', DialAttempt & { readonly remotePeer: PeerId }> |
  ProgressEvent<'webrtc-direct:connected', DialAttempt & { readonly remotePeer: PeerId }> |
  ProgressEvent<'webrtc-direct:failed', { readonly address: Multiaddr, readonly phase: SetupPhase, readonly error: Error }>

/**
 * What `onProgress` gets of a dial with this transport: its own events among those
 * of libp2p
 */
export type WebRTCDirectDialEvents = OpenConnectionProgressEvents | WebRTCDirectProgressEvents
