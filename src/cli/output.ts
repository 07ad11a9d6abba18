/**
 * Where lines go: what was asked for on standard output, what is worth knowing
 * beside it on standard error. With `--json` all of it goes to standard output, one
 * object per line.
 */
import { paintFor } from './color.ts'

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
   * Something for machines, that people see as a bar or a table
   */
  machines (object: OutputObject): void

  /**
   * A remark for people only
   */
  note (text: string): void

  /**
   * Something that somebody should look after, and that does not keep the command
   * from doing what it was run for
   */
  warn (text: string): void

  /**
   * Why the command failed
   */
  error (err: Error, exitCode: number): void
}

// what a peer says of itself may be shown: it must not move the cursor
const CONTROLS = /[\u0000-\u0009\u000b-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[\d+m)/g // eslint-disable-line no-control-regex

/**
 * The text without control characters but the end of a line, and colours
 */
export function printable (text: string): string {
  return text.replace(CONTROLS, '\ufffd')
}

const print = (stream: NodeJS.WriteStream, text: string): void => { stream.write(`${printable(text)}\n`) }
const paint = paintFor(process.stderr)

const people: Output = {
  result: (text) => { print(process.stdout, text) },
  people: (text) => { print(process.stdout, text) },
  event: (text) => { print(process.stderr, text) },
  machines: () => {},
  note: (text) => { print(process.stderr, text) },
  warn: (text) => { print(process.stderr, `webrtc-direct: ${paint('yellow', 'warning:')} ${text}`) },
  error: (err) => { print(process.stderr, `${paint('red', 'webrtc-direct:')} ${describeError(err)}`) }
}

const write = (object: OutputObject): void => { process.stdout.write(`${JSON.stringify(object)}\n`) }

const machines: Output = {
  result: (_, object) => { write(object) },
  people: () => {},
  event: (_, object) => { write(object) },
  machines: write,
  note: () => {},
  warn: (message) => { write({ event: 'warning', message }) },
  error: (err: Error & { phase?: string }, exitCode) => {
    write({ event: 'error', name: err.name, message: describeError(err), phase: err.phase, exitCode })
  }
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
