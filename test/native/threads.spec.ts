import { expect } from 'aegir/chai'
import { runToEnd } from '../support/run-to-end.ts'

const WORKS = 'listens, SetupTimeoutError'
const REFUSED = 'NativeThreadError, NativeThreadError'

async function run (steps: string): Promise<string[]> {
  const { signal, output, errors } = await runToEnd('threads-process.js', steps, 60_000)

  expect({ signal, errors }).to.deep.equal({ signal: 'SIGKILL', errors: '' })

  return output.trim().split('\n')
}

describe('threads that use the native stack', function () {
  this.timeout(150_000)

  it('is not loaded by an import of the package', async () => {
    expect(await run('import')).to.deep.equal(['nothing'])
  })

  it('serves the main thread again and again', async () => {
    expect(await run('main main')).to.deep.equal([WORKS, WORKS])
  })

  it('refuses a worker when the main thread uses it, and goes on to serve that', async () => {
    expect(await run('main worker main')).to.deep.equal([WORKS, REFUSED, WORKS])
  })

  it('refuses the main thread when a worker uses it', async () => {
    expect(await run('worker main')).to.deep.equal([WORKS, REFUSED])
  })

  it('refuses a second worker', async () => {
    expect(await run('worker worker')).to.deep.equal([WORKS, REFUSED])
  })

  it('refuses one of two workers that come at the same time', async () => {
    expect(await run('workers')).to.have.members([WORKS, REFUSED])
  })

  it('refuses a thread when one that has ended used it', async () => {
    expect(await run('ended-worker main worker')).to.deep.equal([WORKS, REFUSED, REFUSED])
  })

  it('serves a thread in which something else has loaded it', async () => {
    expect(await run('library main')).to.deep.equal([WORKS])
  })

  it('is not in the way of a copy that another thread uses', async () => {
    expect(await run('copy main')).to.deep.equal(['loaded', WORKS])
  })

  it('is found by another path', async () => {
    expect(await run('link main')).to.deep.equal(['loaded', REFUSED])
    expect(await run('removed-link main')).to.deep.equal(['loaded', REFUSED])
  })
})
