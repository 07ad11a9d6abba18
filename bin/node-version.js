/**
 * What to tell a user whose Node.js is too old to load the command line, and
 * `undefined` to everybody else. Written so that a very old Node.js can parse it.
 *
 * @param {string} version - what `process.versions.node` holds
 * @returns {string | undefined}
 */
export function tooOld (version) {
  const minimum = 22

  if (parseInt(version, 10) >= minimum) {
    return undefined
  }

  return 'webrtc-direct: Node.js ' + minimum + ' or newer is needed, this is ' + version
}
