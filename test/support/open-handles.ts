/* eslint-disable no-console */
/**
 * Does anything keep the process alive after the last test? Mocha would wait
 * for it for ever; with its `--exit` nobody would notice.
 */

// in ms: the native stack winds up its threads, which takes seconds on a busy
// machine
const PATIENCE = 30_000

export const mochaHooks = {
  afterAll (): void {
    setTimeout(() => {
      console.error(`After the last test this keeps the process alive: ${process.getActiveResourcesInfo().join(', ')}`)

      // after mocha's own listener, which sets the number of failures
      process.on('exit', () => {
        process.exitCode = 1
      })
      process.exit()
    }, PATIENCE).unref()
  }
}
