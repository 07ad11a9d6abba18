/**
 * A stack that was full for so long and took nothing, in ms, has stopped to send,
 * as usrsctp sometimes does after an outage
 * (https://github.com/sctplab/usrsctp/issues/750). Its longest retransmission
 * timer is 10 s.
 */
const STALLED = 20_000

/**
 * Tells where a full stack sends nothing any more. Time is counted in looks, as a
 * process that was stopped makes none.
 */
export class Stall {
  private readonly interval: number
  private readonly onStalled?: (silence: number) => void
  private lastSent = 0
  private looks = 0

  /**
   * @param interval - from one look to the next, in ms
   * @param onStalled - is told for how long nothing was sent, in ms
   */
  constructor (interval: number, onStalled?: (silence: number) => void) {
    this.interval = interval
    this.onStalled = onStalled
  }

  /**
   * @param sent - how many bytes the stack has sent
   */
  look (sent: number): void {
    this.looks = sent === this.lastSent ? this.looks + 1 : 0
    this.lastSent = sent

    if (this.looks * this.interval >= STALLED) {
      this.looks = 0
      this.onStalled?.(STALLED)
    }
  }
}
