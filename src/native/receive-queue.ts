/**
 * What a channel has received, in order, for whoever attaches to it.
 *
 * The first messages of a channel may overtake each other (`send-queue.ts`).
 * Where a remote sends more than one before it is answered, their order is
 * restored if it can be told (`message-order.ts`).
 */
import { FramingError } from '../errors.ts'
import { Inbox } from '../inbox.ts'
import { MessageOrder } from '../wire/message-order.ts'

export class ReceiveQueue extends Inbox {
  private readonly order = new MessageOrder(message => { super.push(message) })

  push (message: Uint8Array): void {
    if (this.isViolated) {
      return
    }

    try {
      this.order.push(message)
    } catch (err) {
      if (!(err instanceof FramingError)) {
        throw err
      }

      this.violate(err)
    }
  }

  /**
   * What two threads may have handed over at once is here
   */
  endOfFirst (): void {
    this.order.end()
  }
}
