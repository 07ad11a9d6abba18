/**
 * The control protocol on standard input and output: one JSON object per line.
 */
import { createInterface } from 'node:readline'
import type { Command, Emit, Reply } from './control.ts'

function write (line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

export const emit: Emit = (event, fields) => {
  write({ event, ...fields })
}

/**
 * Runs commands as they come, many at the same time. Resolves when the input
 * ends, or the signal aborts.
 */
export async function serveCommands (run: (command: Command) => Promise<Reply>, signal: AbortSignal): Promise<void> {
  for await (const line of createInterface({ input: process.stdin, signal })) {
    void run(JSON.parse(line)).then(write)
  }
}

/**
 * Aborts when the process is told to end
 */
export function stopSignal (): AbortSignal {
  const stop = new AbortController()

  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => { stop.abort() })
  }

  return stop.signal
}
