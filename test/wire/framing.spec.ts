import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { Uint8ArrayList } from 'uint8arraylist'
import { encodeFlag, Flag, FrameDecoder, isBody, MAX_INBOUND_FRAME, MAX_OUTBOUND_FRAME, maxPayload, MIN_OUTBOUND_FRAME, readPrefix, sendFrames } from '../../src/wire/framing.ts'
import { Message } from '../../src/wire/pb/message.ts'

function varint (value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)]
}

/**
 * A frame as the protobuf library writes it
 */
function reference (message: Partial<Message>): Uint8Array {
  const body = Message.encode(message)

  return Uint8Array.from([...varint(body.byteLength), ...body])
}

function encode (data: Uint8Array | Uint8ArrayList, payload: number): Uint8Array[] {
  const frames: Uint8Array[] = []

  sendFrames(new Uint8ArrayList(data), () => payload, frame => {
    frames.push(frame.slice())

    return true
  })

  return frames
}

/**
 * Decodes messages that arrive one after the other
 */
function decode (chunks: Iterable<Uint8Array>): Message[] {
  const decoder = new FrameDecoder()
  const frames: Message[] = []

  for (const chunk of chunks) {
    decoder.push(chunk, frame => { frames.push(frame) })
  }

  expect(decoder.byteLength).to.equal(0)

  return frames
}

/**
 * Cuts bytes at the given places
 */
function cut (bytes: Uint8Array, at: number[]): Uint8Array[] {
  const bounds = [0, ...at.map(place => place % (bytes.byteLength + 1)).sort((a, b) => a - b), bytes.byteLength]

  return bounds.slice(1).map((end, i) => bytes.slice(bounds[i], end))
}

function bytes (length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => i * 7)
}

describe('framing', () => {
  describe('flags', () => {
    for (const [name, flag, golden] of [
      ['FIN', Flag.FIN, [2, 8, 0]],
      ['STOP_SENDING', Flag.STOP_SENDING, [2, 8, 1]],
      ['RESET_STREAM', Flag.RESET_STREAM, [2, 8, 2]],
      ['FIN_ACK', Flag.FIN_ACK, [2, 8, 3]]
    ] as const) {
      it(`${name} is a frame of three bytes`, () => {
        expect(encodeFlag(flag)).to.equalBytes(golden)
        expect(encodeFlag(flag)).to.equalBytes(reference({ flag }))
      })
    }

    for (const errorCode of [1, 127, 128, 16_384, 2 ** 31, 2 ** 32 - 1]) {
      it(`RESET_STREAM carries the error code ${errorCode}`, () => {
        const frame = encodeFlag(Flag.RESET_STREAM, errorCode)

        expect(frame).to.equalBytes(reference({ flag: Flag.RESET_STREAM, errorCode }))
        expect(decode([frame])).to.deep.equal([{ flag: Flag.RESET_STREAM, errorCode }])
      })
    }
  })

  describe('data', () => {
    it('is a protobuf message with its length before it', () => {
      expect(encode(Uint8Array.of(1, 2, 3), 10)).to.deep.equal([Uint8Array.of(5, 0x12, 3, 1, 2, 3)])
    })

    // each length where a varint gets longer, and those of the longest frames
    for (const length of [1, 125, 126, 127, 128, 4_091, 16_378, 16_379]) {
      it(`of ${length} bytes is written as the protobuf library does`, () => {
        const message = bytes(length)
        const [frame, ...others] = encode(message, length)

        expect(others).to.be.empty()
        expect(frame).to.equalBytes(reference({ message }))
        expect(decode([frame])[0].message).to.equalBytes(message)
      })
    }

    it('of no bytes is no frame', () => {
      expect(encode(new Uint8Array(), 10)).to.be.empty()
    })

    it('is cut into frames that together hold it', () => {
      fc.assert(fc.property(
        fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 400 }),
        (pieces, payload) => {
          const data = new Uint8ArrayList(...pieces)
          const messages: Uint8Array[] = []

          for (const { message } of decode(encode(data, payload))) {
            expect(message).to.be.ok()
            messages.push(message ?? new Uint8Array())
          }

          expect(Buffer.concat(messages)).to.equalBytes(data.subarray())
          expect(messages).to.have.lengthOf(Math.ceil(data.byteLength / payload))
        }
      ))
    })

    it('is sent until the channel takes no more', () => {
      const sent: number[] = []
      const send = (frame: Uint8Array): boolean => sent.push(frame.byteLength) < 2

      expect(sendFrames(new Uint8ArrayList(bytes(10)), () => 3, send)).to.deep.equal({ sentBytes: 6, canSendMore: false })
      expect(sent).to.deep.equal([6, 6])
    })

    it('counts as sent with the frame after which the channel takes no more', () => {
      expect(sendFrames(new Uint8ArrayList(bytes(3)), () => 3, () => false)).to.deep.equal({ sentBytes: 3, canSendMore: false })
    })
  })

  describe('the longest payload', () => {
    it('fills a frame, and a byte more does not fit', () => {
      for (let maxFrame = MIN_OUTBOUND_FRAME; maxFrame <= MAX_OUTBOUND_FRAME; maxFrame++) {
        const payload = maxPayload(maxFrame)

        expect(frameLength(payload)).to.be.at.most(maxFrame)
        expect(frameLength(payload + 1)).to.be.above(maxFrame)
      }
    })

    it('is what is left of the limits in use', () => {
      expect(maxPayload(4_096)).to.equal(4_091)
      expect(maxPayload(MAX_OUTBOUND_FRAME)).to.equal(16_379)
      expect(encode(bytes(16_379), 16_379)[0].byteLength).to.equal(MAX_OUTBOUND_FRAME)
    })

    function frameLength (payload: number): number {
      const body = 1 + varint(payload).length + payload

      return varint(body).length + body
    }
  })

  describe('reading', () => {
    const frames: Array<Partial<Message>> = [
      { message: bytes(5) },
      { flag: Flag.STOP_SENDING, errorCode: 300 },
      { message: bytes(200) },
      { message: bytes(3), flag: Flag.FIN },
      { flag: Flag.FIN_ACK }
    ]
    const stream = Buffer.concat(frames.map(reference))

    it('gives the same frames however they are cut into messages', () => {
      fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 20 }), places => {
        expect(decode(cut(stream, places))).to.deep.equal(frames)
      }))
    })

    it('takes several frames in one message', () => {
      expect(decode([stream])).to.deep.equal(frames)
    })

    it('takes single bytes', () => {
      expect(decode(Array.from(stream, byte => Uint8Array.of(byte)))).to.deep.equal(frames)
    })

    it('takes the prefix and the body as two messages', () => {
      const message = bytes(200)
      const frame = reference({ message })

      expect(decode([frame.slice(0, 2), frame.slice(2)])[0].message).to.equalBytes(message)
    })

    it('ignores empty messages', () => {
      expect(decode([new Uint8Array(), encodeFlag(Flag.FIN).slice(0, 1), new Uint8Array(), encodeFlag(Flag.FIN).slice(1)]))
        .to.deep.equal([{ flag: Flag.FIN }])
    })

    it('takes a frame without data and flag', () => {
      expect(decode([Uint8Array.of(0)])).to.deep.equal([{}])
    })

    it('tells data of no bytes from no data', () => {
      expect(decode([Uint8Array.of(2, 0x12, 0)])).to.deep.equal([{ message: new Uint8Array() }])
    })

    it('passes unknown flags on', () => {
      expect(decode([Uint8Array.of(2, 8, 9)])).to.deep.equal([{ flag: 9 }])
    })

    it('ignores unknown fields of every type', () => {
      const unknown = [
        0x20, 0x96, 1, // varint
        0x29, 1, 2, 3, 4, 5, 6, 7, 8, // 64 bits
        0x32, 2, 1, 2, // length-delimited
        0x3d, 1, 2, 3, 4 // 32 bits
      ]

      expect(decode([Uint8Array.of(unknown.length + 2, ...unknown, 8, 0)])).to.deep.equal([{ flag: Flag.FIN }])
    })
  })

  describe('what is refused', () => {
    const LONGEST = frameOf(MAX_INBOUND_FRAME)

    /**
     * A data frame with this declared length
     */
    function frameOf (length: number): Uint8Array {
      const message = new Uint8Array(length - 1 - varint(length - 4).length)
      const frame = reference({ message })
      expect(frame.byteLength).to.equal(varint(length).length + length)

      return frame
    }

    function refuse (chunk: Uint8Array, reason: RegExp): void {
      const decoder = new FrameDecoder()

      expect(() => { decoder.push(chunk, () => {}) }).to.throw(reason).with.property('name', 'FramingError')
      expect(decoder.byteLength).to.equal(0)
    }

    it('is not the longest frame', () => {
      expect(decode([LONGEST])).to.have.lengthOf(1)
      expect(decode(cut(LONGEST, [1, 3, 1_000, 200_000]))).to.have.lengthOf(1)
    })

    it('is a longer frame, by its prefix alone', () => {
      refuse(Uint8Array.from(varint(MAX_INBOUND_FRAME + 1)), /frame of 263169 bytes, 263168 are allowed/)
    })

    it('is a longer frame whose prefix comes byte by byte', () => {
      const [first, second, third] = varint(MAX_INBOUND_FRAME + 1)
      const decoder = new FrameDecoder()
      decoder.push(Uint8Array.of(first), () => {})
      decoder.push(Uint8Array.of(second), () => {})

      expect(() => { decoder.push(Uint8Array.of(third), () => {}) }).to.throw().with.property('name', 'FramingError')
      expect(decoder.byteLength).to.equal(0)
    })

    it('is a prefix of more than three bytes', () => {
      refuse(Uint8Array.of(0x80, 0x80, 0x80, 0), /malformed length prefix/)
      refuse(Uint8Array.of(0x80, 0x80, 0x80), /malformed length prefix/)
    })

    it('is a message that is not protobuf', () => {
      refuse(Uint8Array.of(2, 0x12, 5), /malformed message/)
      refuse(Uint8Array.of(1, 8), /malformed message/)
      refuse(Uint8Array.of(1, 0x0f), /malformed message/)
    })

    it('is a message of groups within groups', () => {
      const body = new Uint8Array(MAX_INBOUND_FRAME).fill(0x2b)

      refuse(Buffer.concat([Uint8Array.from(varint(body.byteLength)), body]), /malformed message/)
    })

    it('does not take back the frames before it', () => {
      const frames: Message[] = []
      const decoder = new FrameDecoder()

      expect(() => {
        decoder.push(Uint8Array.of(...encodeFlag(Flag.FIN), 0xff, 0xff, 0xff), frame => { frames.push(frame) })
      }).to.throw().with.property('name', 'FramingError')
      expect(frames).to.deep.equal([{ flag: Flag.FIN }])
    })

    it('is said with a FramingError, whatever is sent, and never more than a frame is held', () => {
      // small lengths often, so that there is something after the first frame
      const garbage = fc.array(fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }).map(body => Uint8Array.of(body.byteLength, ...body)),
        fc.constant(LONGEST.subarray(0, 100_000)),
        fc.constantFrom(...frames())
      ), { maxLength: 30 })

      fc.assert(fc.property(garbage, chunks => {
        const decoder = new FrameDecoder()

        try {
          for (const chunk of chunks) {
            decoder.push(chunk, () => {})
            expect(decoder.byteLength).to.be.at.most(3 + MAX_INBOUND_FRAME)
          }
        } catch (err) {
          expect(err).to.have.property('name', 'FramingError')
        }
      }), { numRuns: 500 })

      function frames (): Uint8Array[] {
        return Object.values(Flag).map(flag => encodeFlag(flag))
      }
    })
  })

  describe('a message', () => {
    for (const length of [1, 2, 0x7f, 0x80, 0x3fff, 0x4000, MAX_INBOUND_FRAME]) {
      it(`is the prefix of ${length} bytes`, () => {
        expect(readPrefix(Uint8Array.from(varint(length)))).to.equal(length)
        expect(isBody(Uint8Array.from(varint(length)))).to.be.false()
      })
    }

    const others: Array<[name: string, bytes: number[]]> = [
      ['nothing', []],
      ['no length', [0]],
      ['a length and more', [1, 1]],
      ['an incomplete length', [0x80]],
      ['a length with a byte too many', [0x81, 0]],
      ['a length that no frame has', varint(MAX_INBOUND_FRAME + 1)],
      ['a length without end', Array.from({ length: 1000 }, () => 0x80)],
      ['a longer one without end', Array.from({ length: 1000 }, () => 0xff)],
      ['an incomplete body', [0x12, 2, 0]],
      ['a body and more', [0x12, 1, 0, 0]],
      ['a body with a field that is not known', [0x08, 0, 0x20, 0]],
      ['a body with a number for its data', [0x10, 1]],
      ['a body with a tag alone', [0x08, 0, 0x08]],
      ['a body with a flag of more than 32 bits', [0x08, 0x80, 0x80, 0x80, 0x80, 0x10]]
    ]

    for (const [name, bytes] of others) {
      it(`is neither prefix nor body: ${name}`, () => {
        expect(readPrefix(Uint8Array.from(bytes))).to.equal(undefined)
        expect(isBody(Uint8Array.from(bytes))).to.be.false()
      })
    }

    it('is a body, whatever its fields', () => {
      fc.assert(fc.property(fc.record({
        flag: fc.option(fc.nat(0xffffffff), { nil: undefined }),
        message: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
        errorCode: fc.option(fc.nat(0xffffffff), { nil: undefined })
      }), (message) => {
        const body = Message.encode(message as Message)

        expect(isBody(body)).to.equal(body.byteLength > 0)
        expect(readPrefix(body)).to.equal(undefined)
      }))
    })

    it('is neither where it is a frame', () => {
      for (let length = 1; length < 400; length++) {
        for (const message of [...encode(bytes(length), length), encodeFlag(length), encodeFlag(Flag.RESET_STREAM, length)]) {
          expect(isBody(message)).to.be.false()
          expect(readPrefix(message)).to.equal(undefined)
        }
      }
    })
  })

  describe('what is held', () => {
    it('is the incomplete frame, and nothing once it is complete', () => {
      const decoder = new FrameDecoder()
      const frame = reference({ message: bytes(100) })
      const held: number[] = []

      for (const byte of frame) {
        decoder.push(Uint8Array.of(byte), () => {})
        held.push(decoder.byteLength)
      }

      expect(held).to.deep.equal([...Array.from({ length: frame.byteLength - 1 }, (_, i) => i + 1), 0])
    })
  })
})
