import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'aegir/chai'
import { Program } from '../../bench/ends/program.ts'

interface Request {
  do: string
}

/**
 * Answers what it is asked, as `body` says
 */
function answering (body: string): string[] {
  return ['--eval', `
    const answer = object => console.log(JSON.stringify(object))
    require('readline').createInterface({ input: process.stdin }).on('line', line => {
      const { id, request } = JSON.parse(line)
      ${body}
    })
  `]
}

describe('a program that answers requests', () => {
  let program: Program<Request>

  async function ask (what: string): Promise<any> {
    return program.ask({ do: what })
  }

  afterEach(async () => {
    await program.stop()
  })

  it('may answer in any order', async () => {
    program = new Program(process.execPath, answering(`
      globalThis.first ??= id
      request.do === 'second' && [id, first].forEach(id => answer({ id, result: [id] }))
    `))

    expect(await Promise.all([ask('first'), ask('second')])).to.deep.equal([[1], [2]])
  })

  it('says what went wrong', async () => {
    program = new Program(process.execPath, answering('answer({ id, error: "no " + request.do })'))

    await expect(ask('dial')).to.eventually.be.rejected.with.property('message', 'no dial')
  })

  it('that ends answers nothing any more', async () => {
    program = new Program(process.execPath, answering('process.exit(3)'))

    await expect(ask('dial')).to.eventually.be.rejected.with.property('message', 'The process ended with 3')
    await expect(ask('dial')).to.eventually.be.rejected.with.property('message', 'The process ended with 3')
  })

  it('that says something else is told so', async () => {
    program = new Program(process.execPath, answering('console.log("hello")'))

    await expect(ask('dial')).to.eventually.be.rejected.with.property('message', 'The process said what is no answer: hello')
  })

  it('that is not there answers nothing', async () => {
    program = new Program('/no/such/program')

    await expect(ask('dial')).to.eventually.be.rejected.with.property('message').that.include('ENOENT')
  })

  it('is told by its pid', async () => {
    program = new Program(process.execPath, answering('answer({ id, result: process.pid })'))

    expect(await ask('pid')).to.equal(program.pid)
  })

  for (const [how, end] of [['ends', 'process.exit()'], ['fails', 'throw new Error("on purpose")'], ['is killed', 'process.kill(process.pid, "SIGKILL")']]) {
    it(`does not outlive a process that ${how}`, async () => {
      const script = `
        const { Program } = await import(${JSON.stringify(new URL('../../bench/ends/program.js', import.meta.url).href)})
        const program = new Program(process.execPath, ${JSON.stringify(answering('answer({ id })'))})
        await program.ask({})
        ${end}
      `
      const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'ignore', 'pipe'] })

      // both have its standard error, which is closed when the last of them has ended
      parent.stderr.resume()
      await once(parent, 'close')
    })
  }
})
