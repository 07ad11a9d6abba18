/**
 * Transports that only the benchmark needs, from the packages of this folder:
 * a plain file here finds them, what is built elsewhere would not.
 */
export { tcp } from '@libp2p/tcp'
export { yamux } from '@libp2p/yamux'

/**
 * It is native, and not built for every system
 */
export async function loadQuic () {
  const { quic } = await import('@chainsafe/libp2p-quic')

  return quic
}
