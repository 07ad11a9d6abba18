/**
 * When to receive on a channel that the remote has opened.
 *
 * Its first messages may overtake each other while `onMessage` is registered
 * (`send-queue.ts`). Where the order can be told, or the remote sends one message
 * and waits, that does no harm. Before that is known of a remote, `onMessage` is
 * registered in a pause, which leaves little to chance, not nothing.
 */
import { guard } from '../guard.ts'
import { readPrefix } from '../wire/framing.ts'
import type { Logger } from '@libp2p/interface'

/**
 * How long to leave the first messages of a channel to the thread that receives
 * them, in ms, and how often that is repeated where they don't pause
 */
const DELAY = 2
const ATTEMPTS = 8

/**
 * A timer that is later than that, in ms, tells of a machine so busy that the
 * other thread may wait for its turn as well
 */
const MAX_LATENESS = 1

/**
 * A pause is when nothing has been received for so long, in ms: registering
 * `onMessage` takes less
 */
const PAUSE = 0.08

/**
 * After so many channels in a row of which no more than one message came before
 * the answer, the remote is one that waits for the answer
 */
const PATIENT_CHANNELS = 8

export interface ArrivalsInit <C> {
  log: Logger
  isClosed (): boolean

  /**
   * How many bytes have arrived on the connection
   */
  bytesReceived (): number

  /**
   * The moment for a channel has come
   */
  open (channel: C): void
}

export class Arrivals <C> {
  private readonly init: ArrivalsInit<C>

  // in the order in which they came
  private readonly waiting: C[] = []

  // whether the remote sends prefixes as messages of their own, which tell the
  // order of its messages
  private sendsPrefixes = false
  private patientChannels = 0

  constructor (init: ArrivalsInit<C>) {
    this.init = init
  }

  push (channel: C): void {
    this.waiting.push(channel)

    if (this.sendsPrefixes || this.patientChannels >= PATIENT_CHANNELS) {
      this.open(channel)
    } else {
      this.inPause(() => { this.open(channel) })
    }
  }

  /**
   * The first message has arrived on a channel
   */
  onFirstMessage (message: Uint8Array): void {
    this.sendsPrefixes ||= readPrefix(message) != null
  }

  /**
   * The first message is sent on a channel that the remote opened
   *
   * @param received - how many messages have come before
   */
  onAnswer (received: number): void {
    this.patientChannels = received > 1 ? 0 : this.patientChannels + 1
  }

  /**
   * A pause is one of the whole connection: the channels that came before this
   * one are opened as well
   */
  private open (channel: C): void {
    const count = this.waiting.indexOf(channel) + 1

    for (const arrived of this.waiting.splice(0, count)) {
      this.init.open(arrived)
    }
  }

  /**
   * Waits for a moment in which no messages arrive, but not for long
   */
  private inPause (then: () => void, attempts = ATTEMPTS): void {
    const due = performance.now() + DELAY

    setTimeout(guard(this.init.log, () => {
      const isLate = performance.now() - due > MAX_LATENESS

      if (attempts === 1 || this.init.isClosed() || (!isLate && this.isPause())) {
        then()
      } else {
        this.inPause(then, attempts - 1)
      }
    }), DELAY)
  }

  /**
   * Blocks while it looks: whatever else ran would take longer than that
   */
  private isPause (): boolean {
    const start = performance.now()
    const received = this.init.bytesReceived()

    while (performance.now() - start < PAUSE) {
      if (this.init.bytesReceived() !== received) {
        return false
      }
    }

    return true
  }
}
