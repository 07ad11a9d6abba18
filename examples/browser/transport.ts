/**
 * The transport of the page: this package, as its `browser` condition has it.
 */
export { getStats, webRTCDirect, WebRTCUnavailableError } from 'libp2p-transport-webrtc-direct'
