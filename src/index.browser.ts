/**
 * The entry in a browser: the transport that dials.
 */
import { WebRTCDirectTransport } from './transport.browser.ts'
import type { WebRTCDirectDialEvents } from './dial-events.ts'
import type { WebRTCDirectInit } from './options.ts'
import type { WebRTCDirectComponents } from './transport.browser.ts'
import type { Transport } from '@libp2p/interface'

export * from './errors.ts'
export { getStats } from './stats.ts'
export type { DialAttempt, WebRTCDirectDialEvents, WebRTCDirectProgressEvents } from './dial-events.ts'
export type { OwnCertificate } from './certificate-options.ts'
export type { DataChannelOptions, WebRTCDirectInit } from './options.ts'
export type { SocketAddress } from './ports.ts'
export type { ChannelState } from './streams/tally.ts'
export type { DialerVersion, Version } from './wire/credentials.ts'
export type { ConnectionStats } from './stats.ts'
export type { WebRTCDirectComponents } from './transport.browser.ts'

/**
 * The transport, for the `transports` of `createLibp2p`. Encryption and stream
 * multiplexing are part of it.
 *
 * It takes the options of the entry for Node.js, so that one configuration serves
 * both. Those of listeners mean nothing here: `certificate` and what belongs to it,
 * and `maxPendingConnections`.
 *
 * @throws {InvalidParametersError} if an option is out of range
 */
export function webRTCDirect (init?: WebRTCDirectInit): (components: WebRTCDirectComponents) => Transport<WebRTCDirectDialEvents> {
  return (components) => new WebRTCDirectTransport(components, init)
}
