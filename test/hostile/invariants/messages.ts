/**
 * The first messages of a channel, which may have overtaken each other
 */
import { expect } from 'aegir/chai'
import { isBody, readPrefix } from '../../../src/wire/framing.ts'
import { MessageOrder } from '../../../src/wire/message-order.ts'
import { checkRefusal } from './refusal.ts'

/**
 * Nothing is made up, lost or doubled, or the channel ends
 *
 * @param messages - as they arrive
 * @param endsAt - before which of them no more can be late
 */
export function checkOrder (messages: Uint8Array[], endsAt: number): void {
  const sent: Uint8Array[] = messages.map(message => Uint8Array.from(message))
  const passed: Uint8Array[] = []
  const order = new MessageOrder(message => { passed.push(message) })
  let isRefused = false

  try {
    sent.forEach((message, i) => {
      if (i === endsAt) {
        order.end()
      }

      order.push(message)
    })
  } catch (err: any) {
    checkRefusal(err, 'FramingError')
    isRefused = true
  }

  const held = isRefused ? 0 : order.heldBytes
  const total = sent.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const out = passed.reduce((sum, { byteLength }) => sum + byteLength, 0)
  expect(out).to.be.at.most(total)
  expect(new Set(passed).size).to.equal(passed.length)
  expect(passed.every(message => sent.includes(message))).to.equal(true)

  if (!isRefused) {
    expect(out + held).to.equal(total)
  }
}

/**
 * A message is a prefix or a body or neither, never both
 */
export function checkKind (message: Uint8Array): void {
  expect(readPrefix(message) != null && isBody(message)).to.equal(false)
}
