import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'aegir/chai'

const PROGRAM = fileURLToPath(new URL('../support/stack-process.js', import.meta.url))

describe('the native stack', () => {
  it('is told once, when it is loaded, to control congestion as long paths need it', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM], { timeout: 20_000 })

    expect(JSON.parse(stdout)).to.deep.equal([{ congestionControlModule: 1 }])
  }).timeout(20_000)
})
