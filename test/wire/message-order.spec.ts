import { expect } from 'aegir/chai'
import fc from 'fast-check'
import { FramingError } from '../../src/errors.ts'
import { encodeFlag, Flag } from '../../src/wire/framing.ts'
import { MessageOrder } from '../../src/wire/message-order.ts'
import { Message } from '../../src/wire/pb/message.ts'

/**
 * A prefix and a body, as go-libp2p sends a frame
 */
function frame (message: Message): [Uint8Array, Uint8Array] {
  const body = Message.encode(message)
  const prefix = Message.encode({ flag: body.byteLength }).subarray(1)

  return [prefix, body]
}

function data (length: number, fill: number): [Uint8Array, Uint8Array] {
  return frame({ message: new Uint8Array(length).fill(fill) })
}

const [p1, b1] = data(20, 1)
const [p2, b2] = data(300, 2)
const [p3, b3] = data(40_000, 3)
const [pFin, fin] = frame({ flag: Flag.FIN })
const [pCode, code] = frame({ flag: Flag.STOP_SENDING, errorCode: 0xffffffff })

// as long as the second
const [, c2] = data(300, 4)

function order (messages: Uint8Array[], { end = messages.length }: { end?: number } = {}): Uint8Array[] {
  const passed: Uint8Array[] = []
  const order = new MessageOrder(message => { passed.push(message) })

  for (const [index, message] of messages.entries()) {
    if (index === end) {
      order.end()
    }

    order.push(message)
  }

  order.end()

  return passed
}

function concat (messages: Uint8Array[]): string {
  return Buffer.concat(messages).toString('hex')
}

describe('the order of messages', () => {
  const restored: Array<[name: string, sent: Uint8Array[], came: Uint8Array[]]> = [
    ['the first prefix is late, by one', [p1, b1, p2, b2], [b1, p1, p2, b2]],
    ['the first prefix is late, by two', [p1, b1, p2, b2], [b1, p2, p1, b2]],
    ['the first prefix is late, by three', [p1, b1, p2, b2], [b1, p2, b2, p1]],
    ['the first body is late, by one', [p1, b1, p2, b2], [p1, p2, b1, b2]],
    ['the first body is late, by two', [p1, b1, p2, b2], [p1, p2, b2, b1]],
    ['the first body is late, by four', [p1, b1, p2, b2, p3, b3], [p1, p2, b2, p3, b3, b1]],
    ['the second prefix is late', [p1, b1, p2, b2, p3, b3], [p1, b1, b2, p3, p2, b3]],
    ['the second body is late', [p1, b1, p2, b2, p3, b3], [p1, b1, p2, p3, b3, b2]],
    ['two are late, one after the other', [p1, b1, p2, b2], [b1, p1, b2, p2]],
    ['a prefix and then a body is late', [p1, b1, p2, b2, p3, b3], [b1, p2, p1, p3, b3, b2]],
    ['a flag is late', [p1, b1, pFin, fin, p2, b2], [p1, b1, pFin, p2, b2, fin]],
    ['a flag with an error code is late', [p1, b1, pCode, code, p2, b2], [p1, b1, pCode, p2, b2, code]],
    ['a flag is overtaken by its prefix only', [pFin, fin], [fin, pFin]],
    ['a prefix is late among frames of the same length', [p2, b2, p2, c2], [b2, p2, c2, p2]]
  ]

  for (const [name, sent, came] of restored) {
    it(`is restored where ${name}`, () => {
      expect(concat(order(came))).to.equal(concat(sent))
    })
  }

  const untouched: Array<[name: string, messages: Uint8Array[]]> = [
    ['nothing is late', [p1, b1, p2, b2, p3, b3, pFin, fin]],
    ['frames are not divided', [Buffer.concat([p1, b1]), Buffer.concat([p2, b2, pFin, fin])]],
    ['frames are divided into single bytes', [...Buffer.concat([p2, b2, pFin, fin])].map(byte => Uint8Array.of(byte))],
    ['frames are divided elsewhere', [p2, b2.subarray(0, 100), b2.subarray(100), pFin, fin]],
    ['a prefix ends what is sent', [p1, b1, p2]],
    ['a body has a field that is not known', [p1, Uint8Array.of(0x20, 1), p2, b2]],
    ['there are more prefixes than one message can be late for', [p1, p2, p3, b1, b2, b3]],
    ['there are more bodies than one message can be late for', [b1, b2, p1, p2]],
    ['the lengths do not fit', [p1, p2, b3, b2]],
    ['a body is not as long as its prefix says', [p1, b2, p1, b1]],
    ['a message is empty', [p1, b1, new Uint8Array(), p2, b2]]
  ]

  for (const [name, messages] of untouched) {
    it(`is left alone where ${name}`, () => {
      expect(concat(order(messages))).to.equal(concat(messages))
    })
  }

  it('is not guessed where two bodies have the length of the late one', () => {
    expect(() => order([p2, p2, b2])).to.throw(FramingError, 'same length')
    expect(() => order([p1, b1, p2, p2, b2, c2])).to.throw(FramingError, 'same length')
    expect(() => order([p1, p2, b2, p1, b1])).to.throw(FramingError, 'same length')
  })

  it('is not waited for without end', () => {
    const others = Array.from({ length: 27 }, () => [p3, b3]).flat()

    expect(() => order([p1, ...others])).to.throw(FramingError, 'did not come')
    expect(concat(order([p1, ...others.slice(0, 50), b1]))).to.equal(concat([p1, b1, ...others.slice(0, 50)]))
  })

  it('passes on what is in order at once', () => {
    const passed: Uint8Array[] = []
    const order = new MessageOrder(message => { passed.push(message) })

    order.push(p1)
    order.push(b1)
    expect(passed).to.have.length(2)

    order.push(p2)
    order.end()
    expect(passed).to.have.length(3)
  })

  it('is not looked at once nothing can be late any more', () => {
    expect(concat(order([p1, b1, b2, p2], { end: 2 }))).to.equal(concat([p1, b1, b2, p2]))
    expect(concat(order([p1, b1, p2, b2], { end: 0 }))).to.equal(concat([p1, b1, p2, b2]))
  })

  it('waits for a message that is late in the end', () => {
    expect(concat(order([b1, p1, b2, p2], { end: 1 }))).to.equal(concat([p1, b1, b2, p2]))
    expect(concat(order([p1, p2, b2, b1, b3, p3], { end: 3 }))).to.equal(concat([p1, b1, p2, b2, b3, p3]))
  })

  describe('of two threads', () => {
    /**
     * Two threads that take messages and hand them over; the steps tell which
     * goes on. The one that receives goes on with what is left.
     */
    function handOver (sent: Uint8Array[], steps: boolean[]): Uint8Array[] {
      const came: Uint8Array[] = []
      const queue = [...sent]
      const hands: Array<Uint8Array | undefined> = []

      for (const step of [...steps, ...sent.flatMap(() => [true, true]), false]) {
        const hand = step ? 1 : 0
        const held = hands[hand]

        if (held != null) {
          came.push(held)
          hands[hand] = undefined
        } else {
          hands[hand] = queue.shift()
        }
      }

      return came
    }

    const messages = (lengths: fc.Arbitrary<number[]>): fc.Arbitrary<Uint8Array[]> => lengths
      .map(all => all.flatMap((length, index) => length === 0 ? frame({ flag: index % 4 }) : data(length, index + 1)))
    const steps = fc.array(fc.boolean(), { maxLength: 60 })

    it('hand over each message once', () => {
      fc.assert(fc.property(messages(fc.array(fc.nat(4), { maxLength: 12 })), steps, (sent, steps) => {
        expect(handOver(sent, steps).map(concatOne).sort()).to.deep.equal(sent.map(concatOne).sort())
      }))
    })

    it('is always restored where frames have different lengths', () => {
      const lengths = fc.uniqueArray(fc.nat(40_000), { maxLength: 12 })

      fc.assert(fc.property(messages(lengths), steps, (sent, steps) => {
        expect(concat(order(handOver(sent, steps)))).to.equal(concat(sent))
      }), { numRuns: 2_000 })
    })

    it('is never wrong', () => {
      let restored = 0
      let refused = 0

      fc.assert(fc.property(messages(fc.array(fc.nat(4), { maxLength: 12 })), steps, (sent, steps) => {
        const came = handOver(sent, steps)

        try {
          expect(concat(order(came))).to.equal(concat(sent))
          restored += concat(came) === concat(sent) ? 0 : 1
        } catch (err) {
          if (!(err instanceof FramingError)) {
            throw err
          }

          refused++
        }
      }), { numRuns: 5_000 })

      expect(restored).to.be.greaterThan(0)
      expect(refused).to.be.greaterThan(0)
    })

    function concatOne (message: Uint8Array): string {
      return concat([message])
    }
  })

  it('knows the frames that this package sends', () => {
    const finFrame = encodeFlag(Flag.FIN)

    expect(concat([pFin, fin])).to.equal(concat([finFrame]))
  })
})
