/**
 * Frames, however they are cut into messages
 */
import { expect } from 'aegir/chai'
import { FrameDecoder, MAX_INBOUND_FRAME } from '../../../src/wire/framing.ts'
import { checkRefusal } from './refusal.ts'

const MAX_PREFIX = 3

/**
 * The frames of what arrives in these pieces, as text, and how that ends
 */
export function decode (pieces: Uint8Array[]): string[] {
  const decoder = new FrameDecoder()
  const seen: string[] = []
  let mostHeld = 0

  try {
    for (const piece of pieces) {
      decoder.push(new Uint8Array(piece), ({ flag, message, errorCode }) => {
        seen.push(`${flag} ${message == null ? '-' : Buffer.from(message).toString('hex')} ${errorCode}`)
      })
      mostHeld = Math.max(mostHeld, decoder.byteLength)
    }
  } catch (err: any) {
    checkRefusal(err, 'FramingError')
    seen.push(err.name)
  }

  expect(mostHeld).to.be.at.most(MAX_INBOUND_FRAME + MAX_PREFIX)

  return seen
}

/**
 * They are the same cut at these places, and at every byte, as in one piece
 */
export function checkCuts (bytes: Uint8Array, cuts: number[]): void {
  const whole = decode([bytes])
  const at = [0, ...cuts.map(cut => cut % (bytes.byteLength + 1)).sort((a, b) => a - b), bytes.byteLength]

  expect(decode(at.slice(1).map((end, i) => bytes.subarray(at[i], end)))).to.deep.equal(whole)
  expect(decode(Array.from(bytes, byte => Uint8Array.of(byte)))).to.deep.equal(whole)
}
