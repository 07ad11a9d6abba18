import { checkWord } from '../../test/hostile/invariants/words.ts'

export function fuzz (bytes: Uint8Array): void {
  checkWord(Buffer.from(bytes).toString())
}
