/**
 * Where lines go: what was asked for on standard output, what is worth knowing
 * beside it on standard error. With `--json` there is only standard output.
 */

export type OutputObject = { event: string } & Record<string, unknown>

export interface Output {
  /**
   * What the command was run for
   */
  result (text: string, object: OutputObject): void

  /**
   * Something that happened meanwhile
   */
  event (text: string, object: OutputObject): void

  /**
   * A remark for people only
   */
  note (text: string): void
}

const people: Output = {
  result: (text) => { process.stdout.write(`${text}\n`) },
  event: (text) => { process.stderr.write(`${text}\n`) },
  note: (text) => { process.stderr.write(`${text}\n`) }
}

const machines: Output = {
  result: (text, object) => { process.stdout.write(`${JSON.stringify(object)}\n`) },
  event: (text, object) => { process.stdout.write(`${JSON.stringify(object)}\n`) },
  note: () => {}
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
