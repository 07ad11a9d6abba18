/**
 * Whether there is WebRTC: workers have none, those of extensions among them.
 */
export function hasWebRTC (): boolean {
  return typeof RTCPeerConnection === 'function'
}
