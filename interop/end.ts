/**
 * One end of a pair while a scenario runs: a process, and what has happened
 * there since the scenario began.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { CannotError } from './outcome.ts'
import type { PeerEvent, PeerProcess, Reply, Status } from './peer-process.ts'
import type { PeerKind } from './peers.ts'

/**
 * The protocol that a command opens, where it has another name
 */
const OPENS: Record<string, string> = {
  'write-until-stopped': 'stop-reading',
  'stop-reading': 'write-until-stopped',
  'expect-reset': 'reset',
  reset: 'expect-reset',
  hold: 'echo',
  'write-and-close': 'sink',
  perf: 'perf'
}

/**
 * How soon to look again whether everything is closed, in ms: no peer tells
 */
const FIRST_LOOK = 20
const MAX_LOOK = 500

/**
 * How long the responder of a stream may go on when its initiator is done, in
 * ms: implementations wait for acknowledgements, ten seconds mostly
 */
const RESPONDER_TIMEOUT = 20_000

export class End {
  readonly kind: PeerKind
  readonly process: PeerProcess
  readonly role: 'dialer' | 'listener'
  private readonly from: number
  private readonly fromLine: number

  constructor (kind: PeerKind, process: PeerProcess, role: 'dialer' | 'listener') {
    this.kind = kind
    this.process = process
    this.role = role
    this.from = process.events.length
    this.fromLine = process.stderr.length
  }

  get id (): string {
    return this.process.id
  }

  get events (): PeerEvent[] {
    return this.process.events.slice(this.from)
  }

  get stderr (): string[] {
    return this.process.stderr.slice(this.fromLine)
  }

  /**
   * As it is called in messages
   */
  toString (): string {
    return `the ${this.role} (${this.kind.name})`
  }

  /**
   * Resolves with the reply to a command if it is a good one. The command is
   * about the end `to`, the timeout is in seconds.
   */
  async ask (cmd: string, args: { protocol?: string } & Record<string, unknown> = {}, to?: End, timeout?: number): Promise<Reply> {
    const protocol = args.protocol ?? OPENS[cmd]
    this.mustNotLack(cmd)

    if (protocol != null) {
      this.mustNotLack(protocol)
      to?.mustNotLack(protocol)
    }

    const reply = await this.process.command(cmd, { ...args, peer: to?.id }, timeout)

    if (!reply.ok) {
      throw new Error(`${this}: ${cmd} failed: ${[reply.error, reply.errors].filter(error => error != null).map(error => typeof error === 'string' ? error : JSON.stringify(error)).join(' ')}`)
    }

    return reply
  }

  /**
   * Why this implementation can't do what has that name, if it can't
   */
  lacks (name: string): string | undefined {
    const reason = this.process.ready.cannot[name]

    return reason == null ? undefined : `${this.kind.name}: ${reason}`
  }

  /**
   * @throws {CannotError} if this implementation can't do what has that name
   */
  mustNotLack (name: string): void {
    const lacks = this.lacks(name)

    if (lacks != null) {
      throw new CannotError(lacks)
    }
  }

  /**
   * Resolves with the first event of a kind since the scenario began. The
   * timeout is in ms.
   */
  async event (name: string, peer: End, timeout: number): Promise<PeerEvent> {
    try {
      return await this.process.event(this.from, ({ event, peer: id }) => event === name && id === peer.id, timeout, `to say ${name}`)
    } catch (err: any) {
      throw new Error(`${this}: ${err.message}`)
    }
  }

  /**
   * Resolves when that many streams of a protocol have ended since the scenario
   * began. The timeout is in ms.
   */
  async streamsEnded (protocol: string, direction: 'inbound' | 'outbound', count: number, timeout: number = RESPONDER_TIMEOUT): Promise<PeerEvent[]> {
    const matches = (event: PeerEvent): boolean => event.event === 'stream' && event.protocol === protocol && event.direction === direction

    try {
      return await this.process.eventsUntil(this.from, matches, count, timeout, `to say that a stream of ${protocol} (${direction}) has ended`)
    } catch (err: any) {
      throw new Error(`${this}: ${err.message}`)
    }
  }

  /**
   * Resolves when nothing is left of any connection. The timeout is in ms.
   */
  async isFree (timeout: number): Promise<void> {
    const deadline = performance.now() + timeout
    let status = await this.process.status()

    for (let interval = FIRST_LOOK; !isZero(status); interval = Math.min(2 * interval, MAX_LOOK)) {
      if (performance.now() > deadline) {
        throw new Error(`${this}: left over ${timeout} ms after the end: ${describe(status)}`)
      }

      await sleep(interval)
      status = await this.process.status()
    }
  }

  /**
   * What it warned of that it does not always warn of
   */
  warnings (): string[] {
    return this.stderr.filter(line => line.trim() !== '' && !this.kind.usual.some(usual => usual.test(line)))
  }
}

function isZero ({ connections, streams, resources }: Status): boolean {
  return connections === 0 && streams === 0 && Object.values(resources).every(count => count === 0)
}

function describe ({ connections, streams, resources }: Status): string {
  return Object.entries({ connections, streams, ...resources })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
}
