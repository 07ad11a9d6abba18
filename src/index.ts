/**
 * @packageDocumentation
 *
 * A [libp2p transport](https://docs.libp2p.io/concepts/transports/overview/) for
 * [webrtc-direct](https://github.com/libp2p/specs/blob/master/webrtc/webrtc-direct.md):
 * nodes, and browsers among them, connect straight to a server over UDP,
 * without a signalling server, a domain or a CA certificate.
 *
 * @example Listen
 *
 * ```TypeScript
 * import { createLibp2p } from 'libp2p'
 * import { webRTCDirect } from 'libp2p-transport-webrtc-direct'
 *
 * const node = await createLibp2p({
 *   addresses: {
 *     listen: ['/ip4/0.0.0.0/udp/0/webrtc-direct']
 *   },
 *   transports: [webRTCDirect()]
 * })
 *
 * // each holds the hash of the certificate and the peer id
 * console.info(node.getMultiaddrs().map(ma => ma.toString()))
 * ```
 *
 * @example Dial
 *
 * ```TypeScript
 * import { multiaddr } from '@multiformats/multiaddr'
 * import { createLibp2p } from 'libp2p'
 * import { webRTCDirect } from 'libp2p-transport-webrtc-direct'
 *
 * const node = await createLibp2p({
 *   transports: [webRTCDirect()]
 * })
 *
 * const connection = await node.dial(multiaddr(process.argv[2]))
 * ```
 */
import { WebRTCDirectTransport } from './transport.ts'
import type { WebRTCDirectDialEvents } from './dial-events.ts'
import type { WebRTCDirectInit } from './options.ts'
import type { WebRTCDirectComponents } from './transport.ts'
import type { Transport } from '@libp2p/interface'

export * from './errors.ts'
export { getStats } from './stats.ts'
export type { CertificateKeychain } from './certificates/store.node.ts'
export type { DialAttempt, WebRTCDirectDialEvents, WebRTCDirectProgressEvents } from './dial-events.ts'
export type { OwnCertificate } from './certificate-options.ts'
export type { DataChannelOptions, WebRTCDirectInit } from './options.ts'
export type { WebRTCDirectComponents } from './transport.ts'
export type { SocketAddress } from './ports.ts'
export type { ChannelState } from './streams/tally.ts'
export type { ConnectionStats } from './stats.ts'
export type { DialerVersion, Version } from './wire/credentials.ts'

/**
 * The transport, for the `transports` of `createLibp2p`. Encryption and stream
 * multiplexing are part of it.
 *
 * @throws {InvalidParametersError} if an option is out of range
 */
export function webRTCDirect (init?: WebRTCDirectInit): (components: WebRTCDirectComponents) => Transport<WebRTCDirectDialEvents> {
  return (components) => new WebRTCDirectTransport(components, init)
}
