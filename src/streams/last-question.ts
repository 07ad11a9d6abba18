/**
 * A stream was not acknowledged, and nothing moves on the connection, or heartbeats were
 * missed (`heartbeats.ts`). Either the remote never acknowledges the end of a stream like
 * this one, or the connection is of no use any more: usrsctp may stop to send for good
 * after an outage, and ICE does not notice
 * (https://github.com/sctplab/usrsctp/issues/750). So the remote is asked something that
 * its stack answers, and has some time to do so.
 */
import { ConnectionLostError } from '../errors.ts'
import { Silence } from './silence.ts'
import type { Clock } from '../clock.ts'
import type { Peer } from '../ports.ts'

export interface LastQuestionInit {
  clock: Clock
  peer: Pick<Peer, 'bytesReceived'>

  /**
   * How long the remote may be silent, in ms
   */
  timeout: number

  /**
   * Asks the remote. Returns whether that could be done.
   */
  ask (onAnswer: () => void): boolean

  onUnanswered (err: ConnectionLostError): void
}

export class LastQuestion {
  private readonly init: LastQuestionInit
  private readonly silence: Silence
  private cancel?: () => void

  constructor (init: LastQuestionInit) {
    this.init = init

    // acknowledgements of heartbeats don't count: those go on
    this.silence = new Silence(init.clock, () => ({ received: init.peer.bytesReceived(), sent: 0 }))
  }

  /**
   * @param silence - for how long the remote was not heard before, in ms
   */
  ask (silence: number): void {
    const { timeout, onUnanswered } = this.init

    if (this.cancel == null && this.init.ask(() => { this.stop() })) {
      this.cancel = this.silence.after(timeout, () => {
        this.cancel = undefined
        onUnanswered(new ConnectionLostError(silence + timeout))
      })
    }
  }

  stop (): void {
    this.cancel?.()
    this.cancel = undefined
  }
}
