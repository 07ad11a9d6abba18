/**
 * A program of its own that answers requests, as lines of JSON on its standard
 * input and output. It ends when its input does.
 */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Requests, endsWithUs } from '../../chaos/requests.ts'
import type { ChildProcessByStdio } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

export class Program<Request extends object> {
  private readonly process: ChildProcessByStdio<Writable, Readable, null>
  private readonly closed: Promise<unknown>
  private readonly requests: Requests<Request>

  constructor (command: string, args: string[] = []) {
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    endsWithUs(this.process)
    this.requests = new Requests(message => { this.process.stdin.write(`${JSON.stringify(message)}\n`) })

    // if it can't be started there is an error first
    this.process.on('error', err => { this.requests.onEnd(err.message) })
    this.closed = new Promise(resolve => { this.process.on('close', resolve) })
    this.process.on('close', (code, signal) => { this.requests.onEnd(`The process ended with ${code ?? signal}`) })

    // one that has ended can't be asked, as the above tells
    this.process.stdin.on('error', () => {})
    createInterface({ input: this.process.stdout }).on('line', line => { this.onLine(line) })
  }

  get pid (): number {
    return this.process.pid ?? 0
  }

  async ask (request: Request): Promise<any> {
    return this.requests.ask(request)
  }

  async stop (): Promise<void> {
    this.process.kill('SIGKILL')
    await this.closed
  }

  private onLine (line: string): void {
    try {
      this.requests.onAnswer(JSON.parse(line))
    } catch {
      this.requests.onEnd(`The process said what is no answer: ${line}`)
    }
  }
}
