/**
 * Files with the identity of a node
 */
import { writeFile } from 'node:fs/promises'
import { privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import { peerIdFromPrivateKey } from '@libp2p/peer-id'
import { expect } from 'aegir/chai'
import { readKey } from '../../../src/cli/key-file.ts'
import { checkRefusal } from './refusal.ts'

/**
 * The file holds a key that makes a peer id and can be written again, or is refused
 * with an error that is shown without a stack
 *
 * @param path - of a file that may be overwritten
 */
export async function checkKeyFile (path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(path, bytes, { mode: 0o600 })

  let key

  try {
    key = await readKey(path)
  } catch (err: any) {
    checkRefusal(err, 'UsageError')
    return
  }

  const peerId = peerIdFromPrivateKey(key)
  expect(peerIdFromPrivateKey(privateKeyFromProtobuf(privateKeyToProtobuf(key))).equals(peerId)).to.equal(true)
}
