import { expect } from 'aegir/chai'
import { T3Rtx } from '../../src/native/t3-rtx.ts'

// how often the adapter looks, in ms
const INTERVAL = 20

/**
 * How many frames a connection sends over the handshake channel in a second, which
 * sends so many bytes in between two looks
 */
function framesOf (bytes: number): number {
  let time = 0
  let sent = 10_000
  let frames = 0

  const t3Rtx = new T3Rtx({
    now: () => time,
    sent: () => sent,
    send: (frame) => {
      expect(frame).to.deep.equal(Uint8Array.of(0))
      sent += frame.byteLength
      frames++
    }
  })

  for (; time < 1_000; time += INTERVAL) {
    t3Rtx.look()
    sent += bytes
  }

  return frames
}

describe('frames that keep the retransmission timer in step', () => {
  it('are sent twice in the shortest retransmission time-out where much is sent', () => {
    expect(framesOf(16 * 1024)).to.equal(9)
    expect(framesOf(2 * 1024)).to.equal(9)
  })

  it('are fewer where little is sent', () => {
    expect(framesOf(100)).to.equal(2)
  })

  it('are none where nothing is sent, for they don\'t count', () => {
    expect(framesOf(0)).to.equal(0)
  })
})
