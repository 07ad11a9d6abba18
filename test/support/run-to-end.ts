import { fork } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/**
 * How a process has ended, and what it has printed
 */
export interface End {
  code: number | null
  signal: string | null
  output: string
  errors: string
}

/**
 * What can be said of a process that ended by itself
 */
export const BY_ITSELF = { code: 0, signal: null, errors: '' }

/**
 * Runs a program of this folder, which has to exit by itself; it is killed after
 * so many ms
 */
export async function runToEnd (program: string, arg: string, timeout: number): Promise<End> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), [arg], { silent: true, timeout })
  const [output, errors, [code, signal]] = await Promise.all([
    child.stdout == null ? '' : text(child.stdout),
    child.stderr == null ? '' : text(child.stderr),
    once(child, 'exit')
  ])

  return { code, signal, output, errors }
}
