import { checkAddress } from '../../test/hostile/invariants/addresses.ts'

export function fuzz (bytes: Uint8Array): void {
  checkAddress(Buffer.from(bytes).toString())
}
