/**
 * The offer of the page, and in which version of the protocol it can be made.
 *
 * Version 1 puts credentials of its own into the offer ("munging"). A browser that
 * does not let it rejects the description, or keeps its own credentials. Either
 * way the connection is as good as before, and version 2 can go on with it.
 */
import { ConnectionSetupError, MungingRefusedError } from '../errors.ts'
import { credentialsOfDialer, generateCredentials } from '../wire/credentials.ts'
import { readCredentials, withCredentials } from '../wire/sdp.ts'
import type { CredentialPair, IceCredentials, Version } from '../wire/credentials.ts'

/**
 * Sets the local description, with which the browser starts
 *
 * @throws {MungingRefusedError} if the browser refuses version 1, and the version
 * may not change
 */
export async function setOffer (pc: RTCPeerConnection, version: Version, mayChangeVersion: boolean): Promise<CredentialPair> {
  const { sdp = '' } = await pc.createOffer()

  if (version === 1) {
    const credentials = generateCredentials(1)

    if (await setMunged(pc, sdp, credentials.client)) {
      return credentials
    }

    if (!mayChangeVersion) {
      throw mungingRefused('the browser does not let a page choose its ICE credentials')
    }
  }

  if (pc.localDescription == null) {
    await pc.setLocalDescription({ type: 'offer', sdp })
  }

  return ofBrowser(pc)
}

export function mungingRefused (what: string, cause?: Error): MungingRefusedError {
  return new MungingRefusedError(`${what}, which version 1 of the protocol needs: dial with version 2 (dialerVersion 'auto' or 2)`, 'ice', { cause })
}

/**
 * Returns whether the browser has taken the credentials
 */
async function setMunged (pc: RTCPeerConnection, sdp: string, client: IceCredentials): Promise<boolean> {
  try {
    await pc.setLocalDescription({ type: 'offer', sdp: withCredentials(sdp, client) })
  } catch (err: any) {
    if (err.name === 'InvalidModificationError') {
      return false
    }

    throw err
  }

  const set = readCredentials(pc.localDescription?.sdp ?? '')

  return set?.ufrag === client.ufrag && set.pwd === client.pwd
}

function ofBrowser (pc: RTCPeerConnection): CredentialPair {
  const credentials = readCredentials(pc.localDescription?.sdp ?? '')

  if (credentials == null) {
    throw new ConnectionSetupError('the local description of the browser has no ICE credentials', 'ice')
  }

  try {
    return credentialsOfDialer(credentials)
  } catch (cause: any) {
    throw new ConnectionSetupError(cause.message, 'ice', { cause })
  }
}
