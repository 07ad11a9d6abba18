/**
 * A process of its own that answers requests and tells events, at both ends.
 */
import { fork } from 'node:child_process'
import { EventEmitter, once } from 'node:events'
import { RemoteError, describe } from './failure.ts'
import type { ChildProcess } from 'node:child_process'

type Answer = { id: number, result: any } | { id: number, error: string }

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

const running = new Set<ChildProcess>()

// nothing outlives this process, however it ends
process.on('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL')
  }
})

/**
 * In the parent: the child
 */
export class Child<Request extends object, Event extends object = never> {
  private readonly process: ChildProcess
  private readonly exited: Promise<unknown>
  private readonly answers = new Map<number, PromiseWithResolvers<any>>()
  private readonly told: Array<Event & { at: number }> = []
  private readonly news = new EventEmitter().setMaxListeners(0)
  private end?: string
  private lastId = 0

  /**
   * Starts it, with arguments for the script and options for Node.js
   */
  constructor (script: string, args: string[] = [], execArgv: string[] = process.execArgv) {
    // Infinity is not JSON
    this.process = fork(script, args, { execArgv, serialization: 'advanced', stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    running.add(this.process)
    this.exited = once(this.process, 'exit')

    this.process.on('message', (message: Answer | Event) => {
      if ('id' in message) {
        this.onAnswer(message)
      } else {
        this.told.push({ ...message, at: performance.now() })
        this.news.emit('news')
      }
    })

    this.process.on('exit', (code, signal) => {
      running.delete(this.process)
      this.end = `The process ended with ${code ?? signal}`
      this.news.emit('news')

      for (const { reject } of this.answers.values()) {
        reject(new Error(this.end))
      }
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
    if (this.end != null) {
      throw new Error(this.end)
    }

    const answer = Promise.withResolvers<any>()
    const id = ++this.lastId

    this.answers.set(id, answer)
    this.process.send({ id, request })

    return answer.promise
  }

  /**
   * Resolves with the first event that matches, of all that it has told and will
   * tell, or to nothing when the signal aborts or the process ends
   */
  async event <E extends Event & { at: number }> (matches: (event: Event & { at: number }) => event is E, signal?: AbortSignal): Promise<E | undefined> {
    while (true) {
      const found = this.told.find(matches)

      if (found != null || signal?.aborted === true || this.end != null) {
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

    return this.end
  }

  async stop (): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exited
  }

  private onAnswer (answer: Answer): void {
    const waiting = this.answers.get(answer.id)
    this.answers.delete(answer.id)

    if ('error' in answer) {
      waiting?.reject(new RemoteError(answer.error))
    } else {
      waiting?.resolve(answer.result)
    }
  }
}
