import { expect } from 'aegir/chai'
import { NudgeCarrier } from '../../src/streams/nudge-carrier.ts'
import { memoryChannelPair } from '../support/memory-peer.ts'
import type { Carrier } from '../../src/streams/nudge-carrier.ts'

/**
 * In ms
 */
const INTERVAL = 20_000

const [channel] = memoryChannelPair()

/**
 * What was sent before has arrived
 */
const ARRIVED = 1_000

const RESTING: Carrier = { isAwaiting: false, hasLastWord: false, sentAt: 1_001, idleChannel: channel }
const UNANSWERED: Carrier = { ...RESTING, hasLastWord: true }
const OLD: Carrier = { ...UNANSWERED, sentAt: 999 }
const HALF_CLOSED: Carrier = { isAwaiting: true, hasLastWord: false, sentAt: 1_000 }
const OLD_HALF_CLOSED: Carrier = { ...HALF_CLOSED, sentAt: 999 }

// of those above the last on which something was sent
const FULL: Carrier = { isAwaiting: false, hasLastWord: true, sentAt: 1_002 }

type Remote = 'ours' | 'js-libp2p' | 'streams' | 'unknown' | 'neither'

/**
 * What is sent for the first nudge of a silence, and for another one
 */
const TABLE: Array<[remote: Remote, streams: Carrier[], first: string, another: string]> = [
  ['ours', [], 'frame on the handshake channel', 'nothing'],
  ['ours', [RESTING], 'frame on the handshake channel', 'nothing'],
  ['ours', [UNANSWERED], 'frame on the handshake channel', 'nothing'],
  ['ours', [RESTING, HALF_CLOSED], 'frame on the handshake channel', 'frame on the handshake channel'],
  ['js-libp2p', [], 'frame on the handshake channel', 'nothing'],
  ['js-libp2p', [RESTING, OLD], 'frame on the handshake channel', 'nothing'],
  ['js-libp2p', [UNANSWERED], 'frame on the handshake channel, question', 'nothing'],
  ['js-libp2p', [HALF_CLOSED], 'frame on the handshake channel, question', 'question'],
  ['js-libp2p', [OLD_HALF_CLOSED], 'frame on the handshake channel', 'question'],
  ['streams', [], 'nothing', 'nothing'],
  ['streams', [RESTING, OLD, OLD_HALF_CLOSED], 'nothing', 'nothing'],
  ['streams', [UNANSWERED], 'frame on a stream', 'nothing'],
  ['streams', [HALF_CLOSED, UNANSWERED, OLD], 'frame on a stream', 'frame on a stream'],
  ['streams', [HALF_CLOSED, RESTING], 'question', 'question'],
  ['streams', [UNANSWERED, FULL], 'question', 'nothing'],
  ['unknown', [], 'nothing', 'nothing'],
  ['unknown', [RESTING, OLD, OLD_HALF_CLOSED], 'nothing', 'nothing'],
  ['unknown', [RESTING, UNANSWERED], 'question about empty frames', 'nothing'],
  ['unknown', [HALF_CLOSED], 'question about empty frames', 'question about empty frames'],
  ['neither', [], 'nothing', 'nothing'],
  ['neither', [RESTING, OLD, OLD_HALF_CLOSED], 'nothing', 'nothing'],
  ['neither', [UNANSWERED], 'question', 'nothing'],
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

  isOurs: boolean
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
      this.nudge(true, [UNANSWERED])
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
    this.delay = this.carrier.nudge(isFirst, ARRIVED)

    return this.sent.join(', ') || 'nothing'
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
      expect(setting.nudge(false, [RESTING])).to.equal('nothing')
      expect(setting.delay).to.equal(0)
    })
  }

  it('is what identify tells, whatever a question has shown or shows later', () => {
    const setting = new Setting('neither')
    setting.takesHandshakeFrames()
    expect(setting.nudge(true, [RESTING])).to.equal('frame on the handshake channel')

    const early = new Setting('unknown')
    early.nudge(true, [UNANSWERED])
    early.takesHandshakeFrames()
    early.answer(false)
    expect(early.nudge(true, [RESTING])).to.equal('frame on the handshake channel')
  })

  it('needs no identify where the remote shows that it is this package', () => {
    const setting = new Setting('streams')
    setting.isOurs = true

    expect(setting.nudge(true, [UNANSWERED])).to.equal('frame on the handshake channel')
  })

  it('is what the first answer has shown: the end of the question is none', () => {
    const setting = new Setting('streams')
    setting.answer(false)

    expect(setting.nudge(true, [UNANSWERED])).to.equal('frame on a stream')
  })
})
