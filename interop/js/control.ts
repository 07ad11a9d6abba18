/**
 * The control protocol, wherever its lines come from and go to.
 */

export interface Command extends Record<string, unknown> {
  id: number
  cmd: string

  /**
   * In seconds
   */
  timeout?: number
}

export interface Reply extends Record<string, unknown> {
  id: number
  ok: boolean

  /**
   * How long the command took
   */
  ms: number
  error?: string
}

/**
 * Carries a command out, and returns what goes into the reply
 */
export type CommandHandler = (command: any, signal: AbortSignal) => Promise<object> | object

export type Emit = (event: string, fields: object) => void

// in seconds
const DEFAULT_TIMEOUT = 60

/**
 * The name and the message of an error, and of what it is made of
 */
export function describeError (err: any): string {
  const parts = err.errors?.map(describeError) ?? []

  return [`${err.name}: ${err.message}`, ...parts].join('; ')
}

/**
 * Carries a command out, and resolves with the reply. It never rejects.
 */
export async function runCommand (command: Command, handlers: Record<string, CommandHandler>): Promise<Reply> {
  const handler = handlers[command.cmd]
  const start = performance.now()
  const timeout = command.timeout ?? DEFAULT_TIMEOUT
  const deadline = new AbortController()
  const timer = setTimeout(() => {
    deadline.abort(new Error(`not done within ${timeout} s`))
  }, timeout * 1000)
  const expired = new Promise<never>((resolve, reject) => {
    deadline.signal.addEventListener('abort', () => { reject(deadline.signal.reason) })
  })

  const reply = (fields: { ok: boolean } & Record<string, unknown>): Reply => ({
    id: command.id,
    ms: Math.round(performance.now() - start),
    ...fields
  })

  try {
    if (handler == null) {
      throw new Error(`There is no command ${command.cmd}`)
    }

    return reply({ ok: true, ...await Promise.race([handler(command, deadline.signal), expired]) })
  } catch (err) {
    return reply({ ok: false, error: describeError(err) })
  } finally {
    clearTimeout(timer)
  }
}
