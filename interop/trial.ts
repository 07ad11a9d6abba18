/**
 * One run of one scenario: its two ends, and the steps that scenarios are made
 * of. A step throws if it does not go as it should.
 */
import { CannotError } from './outcome.ts'
import type { End } from './end.ts'
import type { Figure } from './outcome.ts'
import type { PeerEvent } from './peer-process.ts'

/**
 * How long the other end may take to see a connection that one end has, in ms
 */
const CONNECTED_TIMEOUT = 5_000

/**
 * How often a dial is tried by a peer that is known to fail now and then
 */
const DIAL_ATTEMPTS = 5

/**
 * How much there is to do
 */
export interface Size {
  /**
   * The longest echo, in bytes
   */
  long: number
  streams: number

  /**
   * More streams than some implementations can open on one connection
   */
  manyStreams: number

  /**
   * In seconds
   */
  idle: number

  /**
   * Connections that a page opens and closes
   */
  connections: number
}

export const FULL: Size = { long: 64 * 1024 * 1024, streams: 1_000, manyStreams: 2_000, idle: 600, connections: 600 }
export const QUICK: Size = { long: 8 * 1024 * 1024, streams: 200, manyStreams: 1_200, idle: 60, connections: 20 }

export interface ExchangeOptions {
  protocol: 'echo' | 'echo-back' | 'both' | 'sink' | 'source'
  bytes: number
  count?: number
  parallel?: number
  redial?: boolean

  /**
   * In seconds
   */
  timeout?: number
}

export interface Exchanged {
  ms: number

  /**
   * In ms, of a stream
   */
  longest: number
  repeated: number
}

export class Trial {
  readonly dialer: End
  readonly listener: End
  readonly size: Size
  readonly figures: Figure[] = []
  readonly notes: string[] = []

  /**
   * What is to be done when nothing is left of the connection
   */
  readonly afterwards: Array<() => void> = []
  private readonly expected: Array<(end: End, event: PeerEvent) => boolean> = []

  constructor (dialer: End, listener: End, size: Size) {
    this.dialer = dialer
    this.listener = listener
    this.size = size
  }

  get ends (): End[] {
    return [this.dialer, this.listener]
  }

  other (end: End): End {
    return end === this.dialer ? this.listener : this.dialer
  }

  figure (name: string, value: number, unit: string): void {
    this.figures.push({ name, value, unit })
  }

  /**
   * Streams at this end need not end as their protocols say: their connection
   * may. That tears no frames.
   */
  mayFail (end: End): void {
    this.expected.push((failed, { error }) => failed === end && !/FramingError/.test(String(error)))
  }

  /**
   * The streams that did not end as they should, those that say the same as one
   */
  failedStreams (): string[] {
    const messages = this.ends.flatMap(end => end.events
      .filter(event => event.event === 'stream' && event.ok !== true && !this.expected.some(expects => expects(end, event)))
      .map(({ protocol, direction, error, received }) => `${end}: ${direction} stream of ${protocol} after ${received} bytes: ${error}`))

    return [...Map.groupBy(messages, message => message)]
      .map(([message, same]) => same.length === 1 ? message : `${message} (${same.length} times)`)
  }

  /**
   * Where the listener listens
   */
  get address (): string {
    return this.listener.process.ready.addrs[0]
  }

  /**
   * Connects, and checks that both ends know each other. Returns how long the
   * dial took, in ms.
   */
  async connect (address = this.address): Promise<number> {
    const { dialer, listener } = this
    const { ms, peer } = await this.dial(address)

    if (peer !== listener.id) {
      throw new Error(`${dialer}: dialed ${listener.id}, got ${peer}`)
    }

    for (const end of this.ends) {
      const { direction, version } = await end.event('connected', this.other(end), CONNECTED_TIMEOUT)
      const expected = end === dialer ? 'outbound' : 'inbound'

      if (direction !== expected) {
        throw new Error(`${end}: says that the connection is ${direction}`)
      }

      if (end === dialer && dialer.kind.version != null && version !== dialer.kind.version) {
        throw new Error(`${end}: connected by version ${version} of the protocol, not ${dialer.kind.version}`)
      }
    }

    return ms
  }

  private async dial (address: string): Promise<{ ms: number, peer: unknown }> {
    const { retriesDial } = this.dialer.kind

    for (let attempt = 1; ; attempt++) {
      try {
        const { ms, peer } = await this.dialer.ask('dial', { address }, undefined, 20)

        return { ms, peer }
      } catch (err: any) {
        if (err instanceof CannotError || retriesDial == null || attempt === DIAL_ATTEMPTS || !retriesDial.error.test(err.message)) {
          throw err
        }

        this.notes.push(`dialed once more: ${retriesDial.reason}`)
      }
    }
  }

  /**
   * Opens streams from one end to the other, which must all succeed, and waits
   * until they have ended there too
   */
  async exchange (from: End, { timeout, ...options }: ExchangeOptions): Promise<Exchanged> {
    const to = this.other(from)
    const { protocol, count = 1 } = options
    const { ms, longest, repeated, succeeded, failed, errors } = await from.ask('exchange', { ...options }, to, timeout) as any

    if (succeeded !== count || failed !== 0) {
      throw new Error(`${from}: ${succeeded} of ${count} streams succeeded: ${JSON.stringify(errors)}`)
    }

    await to.streamsEnded(protocol, 'inbound', count)

    return { ms, longest, repeated }
  }

  /**
   * The connection still works
   */
  async stillWorks (): Promise<void> {
    await this.exchange(this.dialer, { protocol: 'echo', bytes: 1_000 })
  }

  /**
   * Opens a stream from each end that stays open, where they can. Returns those
   * ends.
   */
  async hold (): Promise<End[]> {
    const holding: End[] = []

    for (const end of this.ends) {
      const to = this.other(end)

      if (end.lacks('hold') == null && end.lacks('echo') == null && to.lacks('echo') == null) {
        await end.ask('hold', {}, to)
        holding.push(end)
      }
    }

    return holding
  }

  /**
   * An end notices that the other is gone, ends every stream that was held, and
   * frees everything. The timeout is in ms. Returns when it noticed, see
   * `performance.now()`.
   */
  async noticesEnd (end: End, holding: End[], timeout: number): Promise<number> {
    this.mayFail(end)

    const { at } = await end.event('disconnected', this.other(end), timeout)

    if (holding.includes(end)) {
      await end.streamsEnded('echo', 'outbound', 1)
    }

    if (holding.includes(this.other(end))) {
      await end.streamsEnded('echo', 'inbound', 1)
    }

    return at
  }
}
