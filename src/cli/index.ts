/**
 * The process around the command line: signals, pipes and the exit code.
 */
import { run } from './program.ts'

const interruption = new AbortController()

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // only the first: the second one ends the process at once
  process.once(signal, () => { interruption.abort(new Error('interrupted')) })
}

// nobody reads the output any more, or there is no room for it
process.stdout.on('error', (err) => { interruption.abort(err) })
process.stderr.on('error', () => {})

process.exitCode = await run(process.argv.slice(2), interruption.signal)
