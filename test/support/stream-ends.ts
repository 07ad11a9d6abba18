/**
 * The ends of streams over memory: two of ours, or one whose remote is written by
 * the test
 */
import { defaultLogger } from '@libp2p/logger'
import { expect } from 'aegir/chai'
import { systemClock } from '../../src/clock.ts'
import { FinAcks } from '../../src/streams/fin-acks.ts'
import { FrameSize } from '../../src/streams/frame-size.ts'
import { Pace } from '../../src/streams/pace.ts'
import { Silence, trafficOf } from '../../src/streams/silence.ts'
import { WebRTCStream } from '../../src/streams/stream.ts'
import { Tally } from '../../src/streams/tally.ts'
import { UnreadLimit } from '../../src/streams/unread.ts'
import { FrameDecoder } from '../../src/wire/framing.ts'
import { memoryChannelPair } from './memory-peer.ts'
import type { MemoryPairInit, MemoryPeer } from './memory-peer.ts'
import type { Channel } from '../../src/ports.ts'
import type { WebRTCStreamInit } from '../../src/streams/stream-init.ts'
import type { Message } from '../../src/wire/pb/message.ts'
import type { StreamCloseEvent } from '@libp2p/interface'

const log = defaultLogger().forComponent('test')

/**
 * A stream, and what is to be seen of it
 */
export interface End {
  stream: WebRTCStream
  peer: MemoryPeer

  /** resolves when the channel of this end is closed */
  freed: Promise<string>

  /** resolves when the stream has emitted `close` */
  ended: Promise<StreamCloseEvent>

  /** the frames that were sent from this end */
  frames (): Message[]

  /** the flags that were sent from this end */
  flags (): number[]
}

export function end (channel: Channel, peer: MemoryPeer, init: Partial<WebRTCStreamInit>): End {
  const clock = init.clock ?? systemClock
  const freed = Promise.withResolvers<string>()
  const stream = new WebRTCStream({
    channel,
    log,
    direction: 'outbound',
    frameSize: new FrameSize(peer.maxChunkSize, 4_096),
    finAckTimeout: 10_000,
    finAcks: new FinAcks(),
    tally: new Tally(),
    pace: new Pace({ clock, peer }),
    silence: new Silence(clock, () => trafficOf(peer)),
    unreadLimit: new UnreadLimit(16 * 1024 * 1024),
    finDelay: () => 10,
    onEnded: () => 10_000,
    onChannelClosed: (by) => { freed.resolve(by) },
    ...init
  })
  const ended = new Promise<StreamCloseEvent>(resolve => {
    stream.addEventListener('close', resolve, { once: true })
  })
  const frames = (): Message[] => {
    const frames: Message[] = []
    const decoder = new FrameDecoder()
    peer.log.forEach(data => { decoder.push(data, frame => frames.push(frame)) })

    return frames
  }

  return {
    stream,
    peer,
    freed: freed.promise,
    ended,
    frames,
    flags: () => frames().flatMap(({ flag }) => flag ?? [])
  }
}

/**
 * The end that opened the channel, and the other
 */
export function streamPair (init: Partial<WebRTCStreamInit> = {}, link: MemoryPairInit = {}): [End, End] {
  const [a, b, peerA, peerB] = memoryChannelPair(link)

  return [end(a, peerA, { onEnded: () => 0, ...init }), end(b, peerB, init)]
}

/**
 * An end whose remote is written by the test
 */
export function streamAndRemote (init: Partial<WebRTCStreamInit> = {}): [End, Channel, MemoryPeer] {
  const [a, b, peerA, peerB] = memoryChannelPair()
  b.attach({ onMessage () {}, onViolation () {}, onDrain () {}, onClosed () {} })

  return [end(a, peerA, init), b, peerB]
}

/**
 * A frame with so little data that its lengths take one byte each
 */
export function dataFrame (data: Uint8Array): Uint8Array {
  expect(data.byteLength).to.be.lessThan(120)

  return Uint8Array.from([data.byteLength + 2, 0x12, data.byteLength, ...data])
}

/**
 * One turn of the event loop
 */
export async function turn (): Promise<void> {
  await new Promise(resolve => { setImmediate(resolve) })
}
