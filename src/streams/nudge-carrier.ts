/**
 * What a nudge is (`nudge.ts`): something small that the remote takes for nothing.
 *
 * | remote       | a nudge is                                                     |
 * |--------------|----------------------------------------------------------------|
 * | this package | an empty frame on the handshake channel                        |
 * | `handshake`  | the same; where something is unanswered, a question as well    |
 * | `streams`    | an empty frame on the stream that is unanswered, or a question |
 * | `unknown`    | a question, which shows whether the remote is of `streams`     |
 * | `neither`    | a question                                                     |
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
 *   something else. This package nudges that itself.
 * - A stream has empty frames behind those with data only, and a few at most: remotes may
 *   have a limit, as this package has (`unwanted.ts`), or not read a stream at all.
 * - A question is a stream, and most of these remotes take each id of a channel once. So
 *   it is asked only where something may not have arrived, or not been answered, and not
 *   again for a while: answers would keep silence from being seen.
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
   * When something was sent last, by the clock
   */
  readonly sentAt: number

  /**
   * Whether the remote was not heard since
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
   * @param isFirst - whether the connection has just fallen silent. What comes later is
   * for streams that wait: what rests shall survive an outage (`nudge.ts`).
   * @param arrived - until when what was sent has arrived, by the clock
   */
  nudge (isFirst: boolean, arrived: number): number {
    const streams = this.init.streams()

    if (!isFirst && !streams.some(stream => stream.isAwaiting)) {
      return 0
    }

    if (this.init.isOurs()) {
      this.init.nudge()

      return 0
    }

    if (this.remote === 'handshake' && isFirst) {
      this.init.nudge()
    }

    const unanswered = streams.filter(stream => stream.sentAt >= arrived && (stream.isAwaiting || stream.hasLastWord))
    const channel = lastOf(unanswered)?.idleChannel

    if (this.remote === 'streams' && channel != null) {
      this.init.nudge(channel)

      return 0
    }

    // the stack of js-libp2p may have forgotten the answer to what has arrived
    return unanswered.length > 0 || (this.remote === 'handshake' && !isFirst) ? this.ask() : 0
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

/**
 * The stream on which something was sent last
 */
function lastOf (streams: Carrier[]): Carrier | undefined {
  const last = Math.max(...streams.map(({ sentAt }) => sentAt))

  return streams.find(({ sentAt }) => sentAt === last)
}
