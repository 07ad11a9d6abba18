/**
 * Streams that have more to send take turns by bytes: while another one has something to
 * send, a stream hands over `SHARE` bytes and lets the others go first. Without that the
 * one that happens to be told first of room takes all of it, again and again, and eight
 * uploads come to their end one after another.
 *
 * | a stream                             | event                                      | then |
 * |--------------------------------------|--------------------------------------------|------|
 * | is told of room, or it is its turn   |                                            | has a new share |
 * | has used up its share                | no other stream waits                      | goes on |
 * | has used up its share                | another one waits (for room, its rate or its turn) | is in the line |
 * | is in the line                       | the event loop comes round                 | it is its turn |
 * | is in the line                       | it ends                                    | is not in the line |
 *
 * What has come in meanwhile, among it that there is room for others, is handled before.
 */
import { soon } from '../clock.ts'
import type { Sender } from './pace.ts'

/**
 * How many bytes a stream hands over before others have a turn
 */
export const SHARE = 64 * 1024

export class Rotation {
  private readonly line = new Set<Sender>()
  private isTurning = false

  get size (): number {
    return this.line.size
  }

  join (sender: Sender): void {
    this.line.add(sender)

    if (!this.isTurning) {
      this.isTurning = true
      soon(() => {
        this.isTurning = false
        this.turn()
      })
    }
  }

  leave (sender: Sender): void {
    this.line.delete(sender)
  }

  private turn (): void {
    for (const sender of [...this.line]) {
      // one of them may have ended another one
      if (this.line.delete(sender)) {
        sender.goOn()
      }
    }
  }
}
