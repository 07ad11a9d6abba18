import { checkKind, checkOrder } from '../../test/hostile/invariants/messages.ts'
import { ByteReader } from '../byte-reader.ts'

export function fuzz (bytes: Uint8Array): void {
  const reader = new ByteReader(bytes)
  const endsAt = reader.byte()
  const messages: Uint8Array[] = []

  while (!reader.isDone) {
    messages.push(reader.piece())
  }

  messages.forEach(checkKind)
  checkOrder(messages, endsAt)
}
