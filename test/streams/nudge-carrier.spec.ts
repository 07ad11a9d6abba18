import { expect } from 'aegir/chai'
import { NudgeCarrier } from '../../src/streams/nudge-carrier.ts'
import { memoryChannelPair } from '../support/memory-peer.ts'
import type { Carrier } from '../../src/streams/nudge-carrier.ts'

/**
 * In ms
 */
const INTERVAL = 20_000

const [channel] = memoryChannelPair()

const RESTING: Carrier = { isAwaiting: false, hasLastWord: false, idleChannel: channel }
const LAST_WORD: Carrier = { isAwaiting: false, hasLastWord: true, idleChannel: channel }
const HALF_CLOSED: Carrier = { isAwaiting: true, hasLastWord: true }
const UNREAD: Carrier = { isAwaiting: false, hasLastWord: true }

type Remote = 'ours' | 'js-libp2p' | 'streams' | 'unknown' | 'neither'

/**
 * What is sent for the first nudge of a silence, and for another one
 */
const TABLE: Array<[remote: Remote, streams: Carrier[], first: string, another: string]> = [
  ['ours', [], 'frame on the handshake channel', 'nothing'],
  ['ours', [RESTING], 'frame on the handshake channel', 'nothing'],
  ['ours', [LAST_WORD], 'frame on the handshake channel', 'nothing'],
  ['ours', [RESTING, HALF_CLOSED], 'frame on the handshake channel', 'frame on the handshake channel'],
  ['js-libp2p', [], 'frame on the handshake channel', 'nothing'],
  ['js-libp2p', [RESTING], 'frame on the handshake channel', 'nothing'],
  ['js-libp2p', [LAST_WORD], 'frame on the handshake channel', 'question'],
  ['js-libp2p', [HALF_CLOSED], 'frame on the handshake channel', 'question'],
  ['streams', [], 'nothing', 'nothing'],
  ['streams', [RESTING], 'frame on a stream', 'nothing'],
  ['streams', [LAST_WORD], 'frame on a stream', 'frame on a stream'],
  ['streams', [HALF_CLOSED, RESTING], 'frame on a stream', 'frame on a stream'],
  ['streams', [HALF_CLOSED], 'question', 'question'],
  ['streams', [UNREAD], 'question', 'question'],
  ['unknown', [], 'nothing', 'nothing'],
  ['unknown', [RESTING], 'nothing', 'nothing'],
  ['unknown', [RESTING, LAST_WORD], 'question about empty frames', 'question about empty frames'],
  ['unknown', [HALF_CLOSED], 'question about empty frames', 'question about empty frames'],
  ['neither', [], 'nothing', 'nothing'],
  ['neither', [RESTING], 'nothing', 'nothing'],
  ['neither', [LAST_WORD], 'question', 'question'],
  ['neither', [HALF_CLOSED], 'question', 'question']
]

class Setting {
  now = 0
  streams: Carrier[] = []
  sent: string[] = []

  /**
   * How long the last nudge has to wait
   */
  delay = 0
  answer = (takesThem: boolean): void => {}

  private readonly isOurs: boolean
  private readonly carrier = new NudgeCarrier({
    clock: { now: () => this.now },
    interval: INTERVAL,
    isOurs: () => this.isOurs,
    streams: () => this.streams,
    nudge: (channel) => { this.sent.push(channel == null ? 'frame on the handshake channel' : 'frame on a stream') },
    ask: () => { this.sent.push('question') },
    askForEmptyFrames: (onAnswer) => {
      this.answer = onAnswer
      this.sent.push('question about empty frames')
    }
  })

  /**
   * With such a remote, after it was found out
   */
  constructor (remote: Remote) {
    this.isOurs = remote === 'ours'

    if (remote === 'ours' || remote === 'js-libp2p') {
      this.takesHandshakeFrames()
    } else if (remote !== 'unknown') {
      this.nudge(true, [LAST_WORD])
      this.answer(remote === 'streams')
      this.now += INTERVAL
    }
  }

  takesHandshakeFrames (): void {
    this.carrier.takesHandshakeFrames()
  }

  nudge (isFirst: boolean, streams: Carrier[]): string {
    this.streams = streams
    this.sent = []
    this.delay = this.carrier.nudge(isFirst)

    return this.sent.join() || 'nothing'
  }
}

describe('what carries a nudge', () => {
  for (const [i, [remote, streams, first, another]] of TABLE.entries()) {
    it(`row ${i + 1}: remote ${remote}, ${streams.length} streams: ${first}, then ${another}`, () => {
      expect(new Setting(remote).nudge(true, streams)).to.equal(first)
      expect(new Setting(remote).nudge(false, streams)).to.equal(another)
    })
  }

  for (const remote of ['js-libp2p', 'streams', 'unknown', 'neither'] as const) {
    it(`waits where the remote is ${remote} and was asked a moment ago`, () => {
      const setting = new Setting(remote)
      expect(setting.nudge(false, [HALF_CLOSED])).to.match(/^question/)
      expect(setting.delay).to.equal(0)

      setting.now += INTERVAL - 1
      expect(setting.nudge(false, [HALF_CLOSED])).to.equal('nothing')
      expect(setting.delay).to.equal(1)

      setting.now += 1
      expect(setting.nudge(false, [HALF_CLOSED])).to.match(/^question/)
      expect(setting.nudge(false, [RESTING])).to.match(/^nothing|stream$/)
      expect(setting.delay).to.equal(0)
    })
  }

  it('is what identify tells, whatever a question has shown or shows later', () => {
    const setting = new Setting('neither')
    setting.takesHandshakeFrames()
    expect(setting.nudge(true, [LAST_WORD])).to.equal('frame on the handshake channel')

    const early = new Setting('unknown')
    early.nudge(true, [LAST_WORD])
    early.takesHandshakeFrames()
    early.answer(false)
    expect(early.nudge(true, [LAST_WORD])).to.equal('frame on the handshake channel')
  })

  it('is what the first answer has shown: the end of the question is none', () => {
    const setting = new Setting('streams')
    setting.answer(false)

    expect(setting.nudge(true, [LAST_WORD])).to.equal('frame on a stream')
  })
})
