/**
 * The control protocol: one JSON object per line, commands on standard input,
 * events and replies on standard output.
 */
import { createInterface } from 'node:readline'

export interface Command extends Record<string, unknown> {
  id: number
  cmd: string

  /**
   * In seconds
   */
  timeout?: number
}

/**
 * Carries a command out, and returns what goes into the reply
 */
export type CommandHandler = (command: any, signal: AbortSignal) => Promise<object> | object

export type Emit = (event: string, fields: object) => void

// in seconds
const DEFAULT_TIMEOUT = 60

function write (line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

export const emit: Emit = (event, fields) => {
  write({ event, ...fields })
}

/**
 * The name and the message of an error, and of what it is made of
 */
export function describeError (err: any): string {
  const parts = err.errors?.map(describeError) ?? []

  return [`${err.name}: ${err.message}`, ...parts].join('; ')
}

/**
 * Runs commands as they come, many at the same time. Resolves when the input
 * ends, or the signal aborts.
 */
export async function serveCommands (handlers: Record<string, CommandHandler>, signal: AbortSignal): Promise<void> {
  for await (const line of createInterface({ input: process.stdin, signal })) {
    const command: Command = JSON.parse(line)

    void run(command, handlers[command.cmd])
  }
}

async function run (command: Command, handler?: CommandHandler): Promise<void> {
  const start = performance.now()
  const timeout = command.timeout ?? DEFAULT_TIMEOUT
  const deadline = new AbortController()
  const timer = setTimeout(() => {
    deadline.abort(new Error(`not done within ${timeout} s`))
  }, timeout * 1000)
  const expired = new Promise<never>((resolve, reject) => {
    deadline.signal.addEventListener('abort', () => { reject(deadline.signal.reason) })
  })

  const reply = (fields: object): void => {
    write({ id: command.id, ms: Math.round(performance.now() - start), ...fields })
  }

  try {
    if (handler == null) {
      throw new Error(`There is no command ${command.cmd}`)
    }

    reply({ ok: true, ...await Promise.race([handler(command, deadline.signal), expired]) })
  } catch (err) {
    reply({ ok: false, error: describeError(err) })
  } finally {
    clearTimeout(timer)
  }
}
