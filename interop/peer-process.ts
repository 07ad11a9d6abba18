/**
 * Drives one peer: a process that speaks the control protocol of the README.
 */
import { spawn } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessLog } from './process-log.ts'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/**
 * How long a process may take to say that it is ready, in ms: many start at the same
 * time, on two cores and a cold disk
 */
const READY_TIMEOUT = 120_000

/**
 * How long a process may take to end by itself, in ms
 */
const EXIT_TIMEOUT = 10_000

/**
 * How much longer than the peer itself to wait for a reply, in ms
 */
const REPLY_GRACE = 5_000

/**
 * In seconds, where a command has none of its own
 */
const COMMAND_TIMEOUT = 60

export interface PeerEvent extends Record<string, unknown> {
  event: string
  peer?: string
  protocol?: string
  direction?: string
  ok?: boolean
  received?: number
  error?: string
  agent?: string
  protocols?: string[]

  /**
   * When it was received, see `performance.now()`
   */
  at: number
}

export interface Reply extends Record<string, unknown> {
  id: number
  ok: boolean
  ms: number
  error?: string
}

export interface Ready {
  implementation: string
  version: string
  peer: string
  addrs: string[]

  /**
   * From the name of a command or protocol to the reason
   */
  cannot: Record<string, string>

  /**
   * The leaders of groups of processes that are part of the peer, and have to be
   * killed with it
   */
  groups?: number[]
}

export interface Status {
  connections: number
  streams: number
  resources: Record<string, number>
}

export interface PeerProcessInit {
  /**
   * The executable and its arguments
   */
  command: string[]
  log: ProcessLog
}

/**
 * A protocol as commands name it; an event may have its whole id
 */
function shortName (protocol: string): string {
  return protocol.replace(/^\/(interop\/)?(.+)\/1\.0\.0$/, '$2')
}

/**
 * For what the processes leave behind: browsers have profiles
 */
const scratch = mkdtempSync(join(tmpdir(), 'interop-'))

process.on('exit', () => { rmSync(scratch, { recursive: true, force: true }) })

/**
 * Those whose processes may still run
 */
const running = new Set<PeerProcess>()

/**
 * Ends every process at once
 */
export function killAll (): void {
  for (const peer of running) {
    peer.sendKill()
  }
}

export class PeerProcess {
  readonly events: PeerEvent[] = []
  readonly stderr: string[] = []
  ready!: Ready
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  private readonly log: ProcessLog
  private readonly news = new EventEmitter()
  private readonly replies = new Map<number, PromiseWithResolvers<Reply>>()
  private readonly ended: Promise<void>
  private end?: string
  private endIsExpected = false
  private wasKilled = false
  private lastId = 0

  private constructor ({ command, log }: PeerProcessInit) {
    const [file, ...args] = command

    this.log = log
    this.news.setMaxListeners(0)
    this.log.note(`starts ${command.join(' ')}`)
    this.child = spawn(file, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: scratch }
    })
    running.add(this)

    this.ended = new Promise(resolve => {
      const onEnd = (end: string): void => {
        this.end ??= end
        this.log.note(end)
        running.delete(this)
        this.news.emit('change')
        this.replies.forEach(({ reject }) => { reject(new Error(end)) })
        this.replies.clear()
        resolve()
      }

      this.child.on('error', err => { onEnd(`the process could not be run: ${err.message}`) })

      // comes after the last line of its output
      this.child.on('close', (code, signal) => {
        onEnd(signal == null ? `the process ended with exit code ${code}` : `the process was ended by ${signal}`)
      })
    })

    // it may end while it is written to
    this.child.stdin.on('error', () => {})

    createInterface({ input: this.child.stdout }).on('line', line => { this.onLine(line) })
    createInterface({ input: this.child.stderr }).on('line', line => {
      this.log.stderr(line)
      this.stderr.push(line)
    })
  }

  /**
   * Starts a process, and resolves when it is ready
   */
  static async start (init: PeerProcessInit): Promise<PeerProcess> {
    const peer = new PeerProcess(init)

    try {
      const ready = await peer.event(0, ({ event }) => event === 'ready', READY_TIMEOUT, 'to be ready')
      peer.ready = ready as unknown as Ready
    } catch (err: any) {
      await peer.kill()
      throw new Error([err.message, ...peer.stderr.slice(-5)].join('; '))
    }

    return peer
  }

  get id (): string {
    return this.ready.peer
  }

  get pid (): number {
    return this.child.pid ?? 0
  }

  get hasEnded (): boolean {
    return this.end != null
  }

  /**
   * Why the process has ended, if it has and was not told to
   */
  get unexpectedEnd (): string | undefined {
    return this.endIsExpected ? undefined : this.end
  }

  /**
   * Resolves with the first event for which `matches` holds, of those from a
   * number on.
   * The timeout is in ms, `what` is the event for the error.
   */
  async event (from: number, matches: (event: PeerEvent) => boolean, timeout: number, what: string): Promise<PeerEvent> {
    const [event] = await this.eventsUntil(from, matches, 1, timeout, what)

    return event
  }

  /**
   * As `event`, for a number of them
   */
  async eventsUntil (from: number, matches: (event: PeerEvent) => boolean, count: number, timeout: number, what: string): Promise<PeerEvent[]> {
    const deadline = AbortSignal.timeout(timeout)
    const found: PeerEvent[] = []
    let next = from

    while (true) {
      for (; next < this.events.length && found.length < count; next++) {
        if (matches(this.events[next])) {
          found.push(this.events[next])
        }
      }

      if (found.length >= count) {
        return found
      }

      if (this.end != null) {
        throw new Error(`waited for it ${what}, but ${this.end}`)
      }

      try {
        await once(this.news, 'change', { signal: deadline })
      } catch {
        throw new Error(`waited ${timeout} ms for it ${what}${count > 1 ? `, ${found.length} of ${count}` : ''}`)
      }
    }
  }

  /**
   * Sends a command, and resolves with the reply, whatever it is
   */
  async command (cmd: string, args: object = {}, timeout: number = COMMAND_TIMEOUT): Promise<Reply> {
    if (this.end != null) {
      throw new Error(this.end)
    }

    const id = ++this.lastId
    const line = JSON.stringify({ id, cmd, ...args, timeout })
    const reply = Promise.withResolvers<Reply>()
    const timer = setTimeout(() => {
      reply.reject(new Error(`there was no reply to ${cmd} within ${timeout} s`))
    }, timeout * 1000 + REPLY_GRACE)

    this.replies.set(id, reply)
    this.log.command(line)
    this.child.stdin.write(`${line}\n`)

    try {
      return await reply.promise
    } finally {
      clearTimeout(timer)
      this.replies.delete(id)
    }
  }

  async status (): Promise<Status> {
    const reply = await this.command('status', {}, 10)

    if (!reply.ok) {
      throw new Error(`status: ${reply.error}`)
    }

    return reply as unknown as Status
  }

  /**
   * Ends the process gracefully, or at once if it does not
   *
   * @throws {Error} if it did not end as it should
   */
  async stop (how: 'stdin' | 'SIGTERM' = 'stdin'): Promise<void> {
    if (this.wasKilled) {
      return
    }

    if (this.end == null) {
      if (how === 'stdin') {
        this.child.stdin.end()
      } else {
        this.child.kill(how)
      }

      this.endIsExpected = true
      await Promise.race([this.ended, sleep(EXIT_TIMEOUT, undefined, { ref: false })])
    }

    if (this.end == null) {
      this.sendKill()
      await this.ended
      throw new Error(`the process did not end within ${EXIT_TIMEOUT} ms`)
    }

    if (this.child.exitCode !== 0) {
      throw new Error(this.end)
    }
  }

  /**
   * Ends the process without a farewell
   */
  async kill (): Promise<void> {
    this.endIsExpected = true
    this.wasKilled = true
    this.sendKill()
    await this.ended
  }

  sendKill (): void {
    for (const group of this.ready?.groups ?? []) {
      try {
        process.kill(-group, 'SIGKILL')
      } catch {
        // has ended
      }
    }

    this.child.kill('SIGKILL')
  }

  private onLine (line: string): void {
    this.log.output(line)

    let message: any

    try {
      message = JSON.parse(line)
    } catch {
      this.stderr.push(`not a line of the control protocol: ${line}`)
      return
    }

    if (message.event == null) {
      this.replies.get(message.id)?.resolve(message)
    } else {
      this.events.push({
        ...message,
        ...typeof message.protocol === 'string' ? { protocol: shortName(message.protocol) } : {},
        at: performance.now()
      })
      this.news.emit('change')
    }
  }
}
