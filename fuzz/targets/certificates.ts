import { checkOwn, pemOf } from '../../test/hostile/invariants/certificates.ts'
import { pem, privateKey } from '../own-certificate.ts'

/**
 * The first byte says what the others are
 */
export function fuzz (bytes: Uint8Array): void {
  const rest = Buffer.from(bytes.subarray(1))

  switch (bytes[0]) {
    case 0: checkOwn({ pem: pemOf(rest), privateKey }); break
    case 1: checkOwn({ pem, privateKey: rest.toString() }); break
    default: checkOwn({ pem: rest.toString(), privateKey })
  }
}
