/**
 * The transport of the page: dial only, as browsers can't listen.
 */
export { webRTCDirect } from '@libp2p/webrtc'
