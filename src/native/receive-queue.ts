/**
 * What a channel has received, in order, for whoever attaches to it.
 *
 * The first messages of a channel may overtake each other (`send-queue.ts`).
 * Where a remote sends more than one before it is answered, their order is
 * restored if it can be told (`message-order.ts`).
 */
import { FramingError } from '../errors.ts'
import { Inbox } from '../inbox.ts'
import { costOf } from '../message-cost.ts'
import { MessageOrder } from '../wire/message-order.ts'

export class ReceiveQueue extends Inbox {
  private outOfOrder = 0
  private readonly order = new MessageOrder(message => { super.push(message) })

  push (message: Uint8Array): void {
    if (this.isViolated) {
      return
    }

    try {
      this.order.push(message)
      this.count(message)
    } catch (err) {
      if (!(err instanceof FramingError)) {
        throw err
      }

      this.violate(err)
    }
  }

  detach (): void {
    super.detach()
    this.dropHeld()
  }

  violate (err: Error): void {
    super.violate(err)
    this.dropHeld()
  }

  /**
   * Whether the connection has room for what waits for a message that is late
   *
   * @throws {FramingError}
   */
  private count (message: Uint8Array): void {
    if (this.order.heldBytes === 0) {
      this.forgetOrder()
      return
    }

    const cost = costOf(message.byteLength)

    if (!this.waiting.take(cost)) {
      throw new FramingError('The first messages of too many channels overtook each other, and some did not come')
    }

    this.outOfOrder += cost
  }

  private dropHeld (): void {
    this.order.forget()
    this.forgetOrder()
  }

  private forgetOrder (): void {
    this.waiting.giveBack(this.outOfOrder)
    this.outOfOrder = 0
  }

  /**
   * What two threads may have handed over at once is here
   */
  endOfFirst (): void {
    this.order.end()

    if (this.order.heldBytes === 0) {
      this.forgetOrder()
    }
  }
}
