/**
 * The process around the command line: signals, pipes and the exit code.
 */
import { Interruption } from './interruption.ts'
import { abortConnections } from './node.ts'
import { run } from './run.ts'

const interruption = new Interruption(abortConnections)

const exitCode = await run(process.argv.slice(2), interruption.signal)

process.exitCode = interruption.exitCode ?? exitCode
