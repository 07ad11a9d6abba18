import { join } from 'node:path'
import { generateKeyPair, privateKeyToProtobuf } from '@libp2p/crypto/keys'
import fc from 'fast-check'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { mutated } from '../support/mutations.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { checkKeyFile } from './invariants/key-files.ts'

describe('hostile key files', function () {
  this.timeout(TIMEOUT)

  const folder = temporaryFolder()

  it('hold a key that makes a peer id, or are refused', async () => {
    const keys = await Promise.all([generateKeyPair('Ed25519'), generateKeyPair('secp256k1'), generateKeyPair('ECDSA')])
    const bytes = mutated(fc.constantFrom(...keys.map(privateKeyToProtobuf)))

    await fc.assert(fc.asyncProperty(bytes, async bytes => {
      await checkKeyFile(join(folder.path, 'node.key'), bytes)
    }), budget(200))
  })
})
