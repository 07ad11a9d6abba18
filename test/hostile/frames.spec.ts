import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { encodeFlag } from '../../src/wire/framing.ts'
import { Message } from '../../src/wire/pb/message.ts'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { mutated } from '../support/mutations.ts'
import { checkCuts, decode } from './invariants/frames.ts'
import { checkKind, checkOrder } from './invariants/messages.ts'

const message = fc.record({
  flag: fc.option(fc.oneof(fc.nat(4), fc.nat(0xffffffff)), { nil: undefined }),
  message: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
  errorCode: fc.option(fc.nat(0xffffffff), { nil: undefined })
})

function varint (value: number): number[] {
  return value < 0x80 ? [value] : [value & 0x7f | 0x80, ...varint(value >>> 7)]
}

const frame = message.map(message => {
  const body = Message.encode(message as any)

  return Buffer.from([...varint(body.byteLength), ...body])
})
const frames = fc.array(frame, { minLength: 1, maxLength: 8 })
const bytes = fc.oneof(
  mutated(frames.map(frames => Buffer.concat(frames))),
  fc.uint8Array({ maxLength: 400 }).map(bytes => Buffer.from(bytes))
)

describe('hostile frames', function () {
  this.timeout(TIMEOUT)

  it('are the same however they are cut', () => {
    fc.assert(fc.property(bytes, fc.array(fc.nat(400)), (bytes, cuts) => {
      checkCuts(bytes, cuts)
    }), budget(2_000))
  })

  it('are whole where nothing happened to them, cut at every byte', () => {
    fc.assert(fc.property(frames, frames => {
      const bytes = Buffer.concat(frames)
      const whole = decode([bytes])
      expect(whole).to.have.lengthOf(frames.length)

      for (let at = 0; at <= bytes.byteLength; at++) {
        expect(decode([bytes.subarray(0, at), bytes.subarray(at)])).to.deep.equal(whole)
      }
    }), budget(30))
  })

  it('keep their order, or end the channel', () => {
    const piece = fc.oneof(
      frame,
      frame.map(frame => frame.subarray(0, 1)),
      frame.map(frame => frame.subarray(1)),
      fc.constantFrom(encodeFlag(0), Uint8Array.of(2), Uint8Array.of(0x08, 0), Uint8Array.of()),
      mutated(frame)
    )

    fc.assert(fc.property(fc.array(piece, { maxLength: 40 }), fc.nat(40), (pieces, endsAt) => {
      checkOrder(pieces, endsAt)
    }), budget(2_000))
  })

  it('are a prefix or a body or neither, never both', () => {
    fc.assert(fc.property(fc.oneof(frame, mutated(frame)), message => {
      checkKind(message)
    }), budget(2_000))
  })
})
