/**
 * A certificate that is the same each time: what a fuzzer found must stay found
 */
import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { deriveCertificate } from '../src/certificates/derived.ts'

export const { pem, privateKey } = await deriveCertificate(await generateKeyPairFromSeed('Ed25519', new Uint8Array(32).fill(7)))
