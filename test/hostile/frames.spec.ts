import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { encodeFlag, FrameDecoder, isBody, MAX_INBOUND_FRAME, readPrefix } from '../../src/wire/framing.ts'
import { MessageOrder } from '../../src/wire/message-order.ts'
import { Message } from '../../src/wire/pb/message.ts'
import { budget, TIMEOUT } from '../support/fuzz-budget.ts'
import { mutated } from '../support/mutations.ts'

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

/**
 * The frames of what arrives in these pieces, as text, and how that ends
 */
function decode (pieces: Uint8Array[]): string[] {
  const decoder = new FrameDecoder()
  const seen: string[] = []

  try {
    for (const piece of pieces) {
      decoder.push(new Uint8Array(piece), ({ flag, message, errorCode }) => {
        seen.push(`${flag} ${message == null ? '-' : Buffer.from(message).toString('hex')} ${errorCode}`)
      })
      expect(decoder.byteLength).to.be.at.most(MAX_INBOUND_FRAME + 3)
    }
  } catch (err: any) {
    expect(err.name).to.equal('FramingError')
    seen.push(err.name)
  }

  return seen
}

describe('hostile frames', function () {
  this.timeout(TIMEOUT)

  it('are the same however they are cut', () => {
    fc.assert(fc.property(bytes, fc.array(fc.nat(400)), (bytes, cuts) => {
      const whole = decode([bytes])
      const at = [0, ...cuts.map(cut => cut % (bytes.byteLength + 1)).sort((a, b) => a - b), bytes.byteLength]

      expect(decode(at.slice(1).map((end, i) => bytes.subarray(at[i], end)))).to.deep.equal(whole)
      expect(decode(Array.from(bytes, byte => Uint8Array.of(byte)))).to.deep.equal(whole)
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
      const passed: Uint8Array[] = []
      const order = new MessageOrder(message => { passed.push(message) })
      let isRefused = false

      try {
        pieces.forEach((piece, i) => {
          if (i === endsAt) {
            order.end()
          }

          order.push(piece)
        })
      } catch (err: any) {
        expect(err.name).to.equal('FramingError')
        isRefused = true
      }

      // nothing is made up, lost or doubled
      const held = isRefused ? 0 : order.heldBytes
      const total = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0)
      const out = passed.reduce((sum, { byteLength }) => sum + byteLength, 0)
      expect(out).to.be.at.most(total)

      if (!isRefused) {
        expect(out + held).to.equal(total)
      }
    }), budget(2_000))
  })

  it('are a prefix or a body or neither, never both', () => {
    fc.assert(fc.property(fc.oneof(frame, mutated(frame)), message => {
      expect(readPrefix(message) != null && isBody(message)).to.equal(false)
    }), budget(2_000))
  })
})
