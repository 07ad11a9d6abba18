/**
 * A stack and the path below it, without a network
 */
import { FakeClock } from './fake-clock.ts'

const MiB = 1024 * 1024

export interface PathInit {
  /**
   * What the path carries, in bytes a second
   */
  rate: number

  /**
   * The round trip time without a queue, in ms
   */
  roundTrip: number

  /**
   * How long a packet waits in the network at most, in ms; SCTP sends no more than
   * fits
   */
  maxQueue?: number

  /**
   * How long what comes the other way waits in the network, in ms, at that time in ms
   */
  otherQueue? (now: number): number

  /**
   * Whether that is what the remote sends on this connection
   *
   * @default true
   */
  otherSends?: boolean

  /**
   * How long the remote needs to answer, in ms
   */
  late?: number

  /**
   * Whether SCTP doubles its window each round trip
   */
  slowStart?: boolean
}

/**
 * The stack and the path below it, millisecond by millisecond, as they were
 * measured: the stack takes what fits into its buffer. SCTP has a window in flight,
 * and makes it longer by a packet each round trip as long as nothing is lost. The
 * round trip time that it tells is smoothed.
 */
export class Path {
  readonly maxChunkSize = 1_144
  readonly sendBufferSize = MiB
  readonly holdsUnacknowledged = true
  readonly clock = new FakeClock(0)
  readonly init: PathInit
  private held = 0
  private taken = 0
  private received = 0
  private flightLimit = 10 * 1_200
  private smoothed: number
  private measuredAt = 0

  constructor (init: PathInit) {
    this.init = init
    this.smoothed = this.alone
  }

  /**
   * How long a packet takes there and back without others
   */
  private get alone (): number {
    return this.init.roundTrip + 1_200 / this.init.rate * 1_000
  }

  bytesReceived (): number {
    return this.received
  }

  bytesSent (): number {
    return this.taken
  }

  rtt (): number {
    return Math.round(this.smoothed)
  }

  /**
   * The queue in the network, in ms
   */
  get queue (): number {
    return Math.max(0, Math.min(this.held, this.flightLimit) / this.init.rate * 1_000 - this.init.roundTrip)
  }

  private get otherQueue (): number {
    return this.init.otherQueue?.(this.clock.now()) ?? 0
  }

  /**
   * The question waits behind what is under way, and the remote takes its time
   */
  ask (onAnswer: () => void): void {
    const underWay = Math.min(this.held, this.flightLimit) / this.init.rate * 1_000

    this.clock.after(this.init.roundTrip + underWay + this.otherQueue + (this.init.late ?? 0), onAnswer)
  }

  take (bytes: number): boolean {
    if (this.held + bytes > this.sendBufferSize) {
      return false
    }

    this.held += bytes
    this.taken += bytes

    return true
  }

  /**
   * A millisecond passes
   */
  pass (): void {
    this.held = Math.max(0, this.held - this.init.rate / 1_000)
    this.received += this.otherQueue > 0 && this.init.otherSends !== false ? this.init.rate / 1_000 : 0
    this.clock.pass(1)

    const roundTrip = this.init.roundTrip + this.queue + this.otherQueue
    const { alone } = this

    if (this.measuredAt === 0 && this.taken > 0 && this.clock.now() >= alone) {
      this.measuredAt = this.clock.now()
      this.smoothed += (alone - this.smoothed) / 8
    } else if (this.held > 0 && this.clock.now() - this.measuredAt >= roundTrip) {
      this.measuredAt = this.clock.now()
      this.smoothed += (roundTrip - this.smoothed) / 8

      if (this.held >= this.flightLimit && this.queue < (this.init.maxQueue ?? Infinity)) {
        this.flightLimit = this.init.slowStart === true ? 2 * this.flightLimit : this.flightLimit + 1_200
      }
    }
  }
}
