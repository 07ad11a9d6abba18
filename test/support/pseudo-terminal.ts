/**
 * Runs a command in a pseudo terminal, which needs python3
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'

const PROGRAM = fileURLToPath(new URL('../../../test/support/pseudo-terminal.py', import.meta.url))

export interface TerminalInit {
  columns?: number
  rows?: number
  env?: NodeJS.ProcessEnv
}

export class PseudoTerminal {
  /**
   * All that was written to the terminal
   */
  output = ''
  private readonly child: ChildProcessWithoutNullStreams
  private readonly ended: Promise<number>

  constructor (command: string[], { columns = 80, rows = 24, env = {} }: TerminalInit = {}) {
    this.child = spawn('python3', [PROGRAM, `${columns}`, `${rows}`, ...command], {
      env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: '', FORCE_COLOR: undefined, ...env }
    })
    this.child.stdout.setEncoding('utf8')
    this.child.stdout.on('data', (text) => { this.output += text })
    this.child.stdin.on('error', () => {})
    this.ended = once(this.child, 'close').then(([code]) => code)
  }

  type (input: string): void {
    this.child.stdin.write(`${JSON.stringify({ input })}\n`)
  }

  /**
   * To the command, which leads the processes of its terminal
   */
  signal (signal: NodeJS.Signals): void {
    this.child.stdin.write(`${JSON.stringify({ signal: constants.signals[signal] })}\n`)
  }

  resize (columns: number, rows: number): void {
    this.child.stdin.write(`${JSON.stringify({ columns, rows })}\n`)
  }

  /**
   * Waits until what was written since `from` matches
   */
  async until (pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output.slice(from))

      if (match != null) {
        return match
      }

      await Promise.race([once(this.child.stdout, 'data'), this.ended.then(() => {
        throw new Error(`The command ended without ${pattern}: ${this.output}`)
      })])
    }
  }

  /**
   * The exit code
   */
  async exit (): Promise<number> {
    return this.ended
  }

  kill (): void {
    this.child.kill('SIGKILL')
  }
}
