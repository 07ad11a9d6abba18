/**
 * What a nudge is (`nudge.ts`): something small that the remote takes for nothing.
 *
 * | remote      | a nudge is                                                      |
 * |-------------|-----------------------------------------------------------------|
 * | `handshake` | an empty frame on the handshake channel, and a question where that was of no use |
 * | `streams`   | an empty frame on a stream that is open, and a question where none is |
 * | `unknown`   | a question, which shows whether the remote is of `streams`      |
 * | `neither`   | a question                                                      |
 *
 * | remote    | event                                                      | next        |
 * |-----------|------------------------------------------------------------|-------------|
 * | any       | identify: it is js-libp2p                                  | `handshake` |
 * | `unknown` | it has read what came behind an empty frame of a question  | `streams`   |
 * | `unknown` | it has answered something else, or ended the question      | `neither`   |
 *
 * - go-libp2p would keep frames on the handshake channel for good, and others close it.
 *   rust-libp2p takes an empty frame on a stream for the end of that.
 * - js-libp2p may have the same stack, and forget its answer: it goes on when it answers
 *   something else. Where it is this package it nudges that itself.
 * - A question is a stream, and most of these remotes take each id of a channel once. So
 *   it is asked only where this end has the last word, and not again for a while:
 *   answers would keep silence from being seen.
 */
import type { Clock } from '../clock.ts'
import type { Channel } from '../ports.ts'

/**
 * A stream of the connection
 */
export interface Carrier {
  /**
   * Whether the remote is to answer, as far as the stream can tell
   */
  readonly isAwaiting: boolean

  /**
   * Whether something was sent since the remote was heard
   */
  readonly hasLastWord: boolean

  /**
   * Its channel, where an empty frame may go over that
   */
  readonly idleChannel?: Channel
}

export interface NudgeCarrierInit {
  clock: Pick<Clock, 'now'>

  /**
   * From one question to the next at least, in ms
   */
  interval: number

  /**
   * Those of the connection
   */
  streams (): readonly Carrier[]

  /**
   * Sends an empty frame on a channel, that of the handshake where none is given.
   * Never throws.
   */
  nudge (channel?: Channel): void

  /**
   * Whether the remote is known to be this package
   */
  isOurs (): boolean

  /**
   * Asks the remote something. Never throws.
   */
  ask (): void

  /**
   * Asks the remote whether it takes empty frames on streams for nothing. Never throws.
   */
  askForEmptyFrames (onAnswer: (takesThem: boolean) => void): void
}

export class NudgeCarrier {
  private readonly init: NudgeCarrierInit
  private remote: 'handshake' | 'streams' | 'unknown' | 'neither' = 'unknown'
  private askedAt = -Infinity

  constructor (init: NudgeCarrierInit) {
    this.init = init
  }

  /**
   * The remote is js-libp2p
   */
  takesHandshakeFrames (): void {
    this.remote = 'handshake'
  }

  /**
   * Returns how long to wait before it can be done, in ms, where that is not now
   *
   * @param isFirst - whether the connection has just fallen silent: what comes later is
   * for streams that the remote may have to answer
   */
  nudge (isFirst: boolean): number {
    const { nudge, isOurs, streams } = this.init
    const isAwaited = streams().some(stream => stream.isAwaiting || (stream.hasLastWord && !isOurs()))

    if (!isFirst && !isAwaited) {
      return 0
    }

    const channel = streams().find(stream => stream.idleChannel != null)?.idleChannel

    if (this.remote === 'handshake' && (isFirst || isOurs())) {
      nudge()
    } else if (this.remote === 'streams' && channel != null) {
      nudge(channel)
    } else if (isAwaited) {
      return this.ask()
    }

    return 0
  }

  private ask (): number {
    const now = this.init.clock.now()

    if (now - this.askedAt < this.init.interval) {
      return this.askedAt + this.init.interval - now
    }

    this.askedAt = now

    if (this.remote === 'unknown') {
      this.init.askForEmptyFrames(takesThem => { this.learn(takesThem) })
    } else {
      this.init.ask()
    }

    return 0
  }

  private learn (takesThem: boolean): void {
    if (this.remote === 'unknown') {
      this.remote = takesThem ? 'streams' : 'neither'
    }
  }
}
