/**
 * The field trials of Chromium that refuse what version 1 of the protocol needs.
 *
 * - `NoSdpMangleUfrag`: `setLocalDescription()` rejects
 * - `NoSdpMangleUfragRestrictedAddresses`: nothing rejects, and nothing is sent
 */
export type FieldTrial = 'NoSdpMangleUfrag' | 'NoSdpMangleUfragRestrictedAddresses'

/**
 * The arguments of the command line that have them on. The value of the second
 * is a list of patterns of remote addresses.
 */
export const FIELD_TRIALS: Record<FieldTrial, string> = {
  NoSdpMangleUfrag: '--force-fieldtrials=WebRTC-NoSdpMangleUfrag/Enabled/',
  NoSdpMangleUfragRestrictedAddresses: '--force-fieldtrials=WebRTC-NoSdpMangleUfragRestrictedAddresses/*:*/'
}

export const TRIALS = Object.keys(FIELD_TRIALS) as FieldTrial[]
