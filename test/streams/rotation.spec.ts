import { expect } from 'aegir/chai'
import { systemClock } from '../../src/clock.ts'
import { Pace } from '../../src/streams/pace.ts'
import { Rotation, SHARE } from '../../src/streams/rotation.ts'
import { memoryChannelPair } from '../support/memory-peer.ts'
import { end } from '../support/stream-ends.ts'
import type { Sender } from '../../src/streams/pace.ts'

/**
 * Until what is under way in the event loop is done
 */
async function loop (): Promise<void> {
  return new Promise(resolve => { setImmediate(resolve) })
}

describe('the turns of streams', () => {
  it('come in the order of the line, each once', async () => {
    const rotation = new Rotation()
    const turns: string[] = []
    const senders: Sender[] = ['a', 'b', 'c'].map(name => ({ goOn () { turns.push(name) } }))

    senders.forEach(sender => { rotation.join(sender) })
    expect(turns).to.deep.equal([])
    expect(rotation.size).to.equal(3)

    await loop()
    expect(turns).to.deep.equal(['a', 'b', 'c'])
    expect(rotation.size).to.equal(0)

    await loop()
    expect(turns).to.have.lengthOf(3)
  })

  it('come again, behind those of the others, where a stream has still more', async () => {
    const rotation = new Rotation()
    const turns: string[] = []
    const a: Sender = { goOn () { turns.push('a'); rotation.join(a) } }
    const b: Sender = { goOn () { turns.push('b'); rotation.join(b) } }
    rotation.join(a)
    rotation.join(b)

    await loop()
    await loop()
    expect(turns).to.deep.equal(['a', 'b', 'a', 'b'])

    rotation.leave(a)
    rotation.leave(b)
  })

  it('do not come to a stream that has left the line, also by the turn of another one', async () => {
    const rotation = new Rotation()
    const turns: string[] = []
    const b: Sender = { goOn () { turns.push('b') } }
    const c: Sender = { goOn () { turns.push('c') } }
    const a: Sender = { goOn () { turns.push('a'); rotation.leave(b) } }
    const all = [a, b, c]
    all.forEach(sender => { rotation.join(sender) })
    rotation.leave(c)

    await loop()
    expect(turns).to.deep.equal(['a'])
    expect(rotation.size).to.equal(0)
  })

  describe('of what a stream hands over', () => {
    const DATA = new Uint8Array(8 * SHARE)
    const other: Sender = { goOn () {} }

    function sending (): { pace: Pace, send (): void, handedOver (): number } {
      const [channel, , peer] = memoryChannelPair({ highWaterMark: Infinity })
      const pace = new Pace({ clock: systemClock, peer })
      const { stream } = end(channel, peer, { pace })

      return {
        pace,
        send () { stream.send(DATA) },
        handedOver: () => peer.log.reduce((sum, { byteLength }) => sum + byteLength, 0)
      }
    }

    it('is a share while another one waits for room, and the next one when the event loop came round', async () => {
      const { pace, send, handedOver } = sending()
      pace.block(other)
      send()
      expect(handedOver()).to.be.within(SHARE, SHARE + 16_384)

      await loop()
      expect(handedOver()).to.be.within(2 * SHARE, 2 * SHARE + 2 * 16_384)
      pace.stop()
    })

    it('is everything once no other one waits', async () => {
      const { pace, send, handedOver } = sending()
      pace.block(other)
      send()
      pace.forget(other)

      await loop()
      expect(handedOver()).to.be.greaterThan(DATA.byteLength)
      pace.stop()
    })

    it('is everything where it is the only one', () => {
      const { send, handedOver } = sending()
      send()
      expect(handedOver()).to.be.greaterThan(DATA.byteLength)
    })
  })
})
