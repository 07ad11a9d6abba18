/**
 * Where lines go: what was asked for on standard output, what is worth knowing
 * beside it on standard error. With `--json` only warnings go there.
 */

export type OutputObject = { event: string } & Record<string, unknown>

export interface Output {
  /**
   * What the command was run for
   */
  result (text: string, object: OutputObject): void

  /**
   * More of what the command was run for, which people like to see another way
   */
  people (text: string): void

  /**
   * Something that happened meanwhile
   */
  event (text: string, object: OutputObject): void

  /**
   * A remark for people only
   */
  note (text: string): void

  /**
   * Something that somebody should look after, and that does not keep the command
   * from doing what it was run for
   */
  warn (text: string): void
}

function warn (text: string): void {
  process.stderr.write(`webrtc-direct: warning: ${text}\n`)
}

const people: Output = {
  result: (text) => { process.stdout.write(`${text}\n`) },
  people: (text) => { process.stdout.write(`${text}\n`) },
  event: (text) => { process.stderr.write(`${text}\n`) },
  note: (text) => { process.stderr.write(`${text}\n`) },
  warn
}

const machines: Output = {
  result: (text, object) => { process.stdout.write(`${JSON.stringify(object)}\n`) },
  people: () => {},
  event: (text, object) => { process.stdout.write(`${JSON.stringify(object)}\n`) },
  note: () => {},
  warn
}

export function createOutput (json: boolean): Output {
  return json ? machines : people
}

/**
 * The one line that tells why a command failed
 */
export function describeError (err: any): string {
  const messages = err instanceof AggregateError
    ? err.errors.map(({ message }) => message)
    : [err.message]

  return messages.join('; ').replace(/\s+/g, ' ').trim()
}
