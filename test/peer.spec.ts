import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { openPeers } from '../src/peer.ts'
import { nativePair } from './native-pair.ts'
import type { Channel, ChannelHandler, Peer } from '../src/ports.ts'

const log = defaultLogger().forComponent('test')
const MESSAGES = 5

function handler (events: Partial<ChannelHandler> = {}): ChannelHandler {
  return { onMessage () {}, onViolation () {}, onDrain () {}, onClosed () {}, ...events }
}

/**
 * What the two ends of a channel do, in order
 */
interface Exchange {
  events: string[]
  opener: Channel
  drained: Promise<void>
  all: Promise<void>
}

describe('the native adapter', () => {
  let ends: [Peer, Peer]

  beforeEach(async () => {
    ends = await nativePair(log)
  })

  afterEach(async () => {
    await Promise.all(ends.map(async end => end.close()))
    expect(openPeers()).to.equal(0)
  })

  /**
   * One end opens a channel and sends messages without waiting, the other
   * answers the first one, or none
   */
  function send (answers: boolean): Exchange {
    const [a, b] = ends
    const events: string[] = []
    const all = Promise.withResolvers<void>()
    const drained = Promise.withResolvers<void>()

    b.attach({
      onClosed () {},
      onChannel (channel) {
        channel.attach(handler({
          onMessage ([n]) {
            events.push(`received ${n}`)

            if (n === 1 && answers) {
              events.push('answered')
              channel.send(Uint8Array.of(0))
            }

            if (n === MESSAGES) {
              all.resolve()
            }
          }
        }))
      }
    })

    const opener = a.openChannel()
    opener.attach(handler({
      onMessage () { events.push('heard') },
      onDrain: () => { drained.resolve() }
    }))

    for (let n = 1; n <= MESSAGES; n++) {
      // the first goes out, and whoever sends more is told to wait
      expect(opener.send(Uint8Array.of(n))).to.equal(n === 1)
    }

    return { events, opener, drained: drained.promise, all: all.promise }
  }

  it('sends one message on a channel that it opened until the other end is heard', async () => {
    const { events, opener, drained, all } = send(true)
    await Promise.all([drained, all])

    expect(events).to.deep.equal(['received 1', 'answered', 'heard', 'received 2', 'received 3', 'received 4', 'received 5'])
    expect(opener.send(Uint8Array.of(6))).to.be.true()
  })

  it('sends the others after a while where the other end is not heard', async () => {
    const { events, drained, all } = send(false)
    await Promise.all([drained, all])

    expect(events).to.deep.equal(['received 1', 'received 2', 'received 3', 'received 4', 'received 5'])
  })
})
