import { checkCuts } from '../../test/hostile/invariants/frames.ts'
import { ByteReader } from '../byte-reader.ts'

export function fuzz (bytes: Uint8Array): void {
  const reader = new ByteReader(bytes)
  const cuts = [...reader.piece()]
  checkCuts(reader.rest(), cuts)
}
