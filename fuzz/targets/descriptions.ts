import { checkDescription, checkWritten } from '../../test/hostile/invariants/descriptions.ts'

export function fuzz (bytes: Uint8Array): void {
  const text = Buffer.from(bytes).toString()
  const [ufrag, pwd = ''] = text.split(' ')
  checkDescription(text)
  checkWritten(ufrag, pwd)
}
