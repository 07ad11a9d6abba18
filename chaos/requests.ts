/**
 * What another process is asked, and what it answers.
 */
import { RemoteError } from './failure.ts'
import type { ChildProcess } from 'node:child_process'

export type Answer = { id: number, result: any } | { id: number, error: string }

/**
 * Those that wait for an answer, which may come in any order
 */
export class Requests<Request> {
  private readonly send: (message: { id: number, request: Request }) => void
  private readonly waiting = new Map<number, PromiseWithResolvers<any>>()
  private reason?: string
  private lastId = 0

  constructor (send: (message: { id: number, request: Request }) => void) {
    this.send = send
  }

  /**
   * Why there will be no more answers, if so
   */
  get end (): string | undefined {
    return this.reason
  }

  async ask (request: Request): Promise<any> {
    if (this.reason != null) {
      throw new Error(this.reason)
    }

    const answer = Promise.withResolvers<any>()
    const id = ++this.lastId

    this.waiting.set(id, answer)
    this.send({ id, request })

    return answer.promise
  }

  onAnswer (answer: Answer): void {
    const waiting = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)

    if ('error' in answer) {
      waiting?.reject(new RemoteError(answer.error))
    } else {
      waiting?.resolve(answer.result)
    }
  }

  /**
   * Nothing answers any more; who asks from now on is told the first reason
   */
  onEnd (reason: string): void {
    this.reason ??= reason

    for (const { reject } of this.waiting.values()) {
      reject(new Error(this.reason))
    }
  }
}

const running = new Set<ChildProcess>()

process.on('exit', () => {
  for (const child of running) {
    child.kill('SIGKILL')
  }
})

/**
 * A child that does not outlive this process, however it ends
 */
export function endsWithUs (child: ChildProcess): void {
  running.add(child)
  child.on('close', () => { running.delete(child) })
}
