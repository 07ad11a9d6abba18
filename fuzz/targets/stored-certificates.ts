import { createPrivateKey } from 'node:crypto'
import { privateKeyFromProtobuf } from '@libp2p/crypto/keys'
import { defaultLogger } from '@libp2p/logger'
import { MemoryDatastore } from 'datastore-core'
import { checkStored, pemOf } from '../../test/hostile/invariants/certificates.ts'
import { privateKey } from '../own-certificate.ts'

// the one of libp2p derives a key from its password for each answer
const key = privateKeyFromProtobuf(protobufOf(createPrivateKey(privateKey).export({ format: 'der', type: 'sec1' })))
const keychain = {
  exportKey: async () => key,
  importKey: async () => {}
}

/**
 * An ECDSA key, which is shorter than 128 bytes
 */
function protobufOf (sec1: Uint8Array): Uint8Array {
  return Uint8Array.of(0x08, 3, 0x12, sec1.byteLength, ...sec1)
}

/**
 * The first byte says whether the others are the DER of one certificate
 */
export async function fuzz (bytes: Uint8Array): Promise<void> {
  const rest = bytes.slice(1)
  const store = { datastore: new MemoryDatastore(), keychain, logger: defaultLogger() }

  await checkStored(store, bytes[0] === 0 ? Buffer.from(pemOf(rest)) : rest)
}
