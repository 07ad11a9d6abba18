import type { ChildProcess } from 'node:child_process'

/**
 * The first thing that a process prints and that matches, on standard output or
 * standard error
 *
 * @throws {Error} if it ends before
 */
export async function firstMatch (child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>()
  let printed = ''

  const look = (chunk: Buffer): void => {
    printed += chunk
    const match = pattern.exec(printed)

    if (match != null) {
      resolve(match)
    }
  }

  child.stdout?.on('data', look)
  child.stderr?.on('data', look)

  child.once('exit', () => { reject(new Error(`The process has ended, and printed ${printed}`)) })

  return promise
}
