/**
 * What a remote calls itself, which identify tells
 */

/**
 * js-libp2p names itself, or the program that it is part of, and what it runs on:
 * `js-libp2p/3.3.11 node/24.21.0`, `helia/6.0.21 browser/Mozilla/5.0 …`
 */
const JS_LIBP2P = /^js-libp2p\/|^\S+\/\S+ (browser|bun|deno|electron|node|react-native)\//

/**
 * Whether the remote is js-libp2p, with this package or `@libp2p/webrtc`
 */
export function isJsLibp2p (agent = ''): boolean {
  return JS_LIBP2P.test(agent)
}
