/**
 * From arguments to an exit code.
 */
import { CommanderError } from 'commander'
import { UsageError } from './arguments.ts'
import { createOutput } from './output.ts'
import { createProgram } from './program.ts'

const OK = 0
const FAILED = 1
const WRONG_USAGE = 2

/**
 * Runs one command, until it is done or the signal aborts, and returns its exit
 * code. The reason of the signal says why.
 */
export async function run (args: string[], signal: AbortSignal): Promise<number> {
  // also where the arguments are wrong
  const output = createOutput(args.includes('--json'))
  let exitCode = OK

  const fail = (err: Error, code: number): number => {
    output.error(err, code)

    if (process.env.DEBUG != null) {
      process.stderr.write(`${err.stack}\n`)
    }

    return code
  }

  try {
    if (args.length === 0) {
      throw new UsageError('a command is missing, see webrtc-direct --help')
    }

    await createProgram({ output, signal, onEnd: (worked) => { exitCode = worked ? OK : FAILED } })
      .parseAsync(args, { from: 'user' })

    if (isOutputError(signal.reason)) {
      throw signal.reason
    }
  } catch (err: any) {
    if (err instanceof CommanderError) {
      return err.exitCode === 0 ? OK : fail(new UsageError(err.message.replace(/^error: /, '')), WRONG_USAGE)
    }

    if (!signal.aborted) {
      return fail(err, err instanceof UsageError ? WRONG_USAGE : FAILED)
    }

    return signal.reason.code === 'EPIPE' ? FAILED : fail(signal.reason, FAILED)
  }

  return exitCode
}

/**
 * The output could not be written; not because its reader wants no more, as in
 * `webrtc-direct ping … | head -3`
 */
function isOutputError (reason?: NodeJS.ErrnoException): boolean {
  return reason?.code != null && reason.code !== 'EPIPE'
}
