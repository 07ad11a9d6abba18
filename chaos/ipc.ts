/**
 * A process of its own that answers requests and tells events, at both ends.
 */
import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { describe } from './failure.ts'
import { Requests, endsWithUs } from './requests.ts'
import type { Answer } from './requests.ts'
import type { ChildProcess } from 'node:child_process'

/**
 * In the child: answers what the parent asks, until the parent ends
 */
export function serve <Request> (handle: (request: Request) => unknown): void {
  process.on('message', async ({ id, request }: { id: number, request: Request }) => {
    try {
      const result = await handle(request)
      process.send?.({ id, result })
    } catch (err) {
      process.send?.({ id, error: describe(err) })
    }
  })

  process.on('disconnect', () => { process.exit() })
}

/**
 * In the child: answers once more, and lets nothing of this keep the process alive
 */
export function leave (): void {
  process.removeAllListeners('disconnect')
  setImmediate(() => { process.disconnect?.() })
}

/**
 * In the child: tells the parent
 */
export function tell (event: object): void {
  process.send?.(event)
}

/**
 * In the parent: the child
 */
export class Child<Request extends object, Event extends object = never> {
  private readonly process: ChildProcess
  private readonly exited: Promise<unknown>
  private readonly requests: Requests<Request>
  private readonly told: Array<Event & { at: number }> = []
  private readonly news = new EventEmitter().setMaxListeners(0)

  /**
   * Starts it, with arguments for the script and options for Node.js
   */
  constructor (script: string, args: string[] = [], execArgv: string[] = process.execArgv) {
    // Infinity is not JSON
    this.process = fork(script, args, { execArgv, serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    endsWithUs(this.process)
    this.exited = once(this.process, 'exit')
    this.requests = new Requests(message => { this.process.send(message) })

    this.process.on('message', (message: Answer | Event) => {
      if ('id' in message) {
        this.requests.onAnswer(message)
      } else {
        this.told.push({ ...message, at: performance.now() })
        this.news.emit('news')
      }
    })

    this.process.on('exit', (code, signal) => {
      this.requests.onEnd(`The process ended with ${code ?? signal}`)
      this.news.emit('news')
    })
  }

  get pid (): number {
    return this.process.pid ?? 0
  }

  /**
   * What it has told, with the time of `performance.now()`
   */
  get events (): ReadonlyArray<Event & { at: number }> {
    return this.told
  }

  async ask (request: Request): Promise<any> {
    return this.requests.ask(request)
  }

  /**
   * Resolves with the first event that matches, of all that it has told and will
   * tell, or to nothing when the signal aborts or the process ends
   */
  async event <E extends Event & { at: number }> (matches: (event: Event & { at: number }) => event is E, signal?: AbortSignal): Promise<E | undefined> {
    while (true) {
      const found = this.told.find(matches)

      if (found != null || signal?.aborted === true || this.requests.end != null) {
        return found
      }

      await once(this.news, 'news', { signal }).catch(() => {})
    }
  }

  /**
   * How it has ended, or nothing if it has not within so many ms
   */
  async ended (timeout: number): Promise<string | undefined> {
    const late = Promise.withResolvers<undefined>()
    const timer = setTimeout(late.resolve, timeout)
    await Promise.race([this.exited, late.promise])
    clearTimeout(timer)

    return this.requests.end
  }

  async stop (): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }
}
