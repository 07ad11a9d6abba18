import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { expect } from 'aegir/chai'
import { finish, killAll, objects, run, start, startListener } from '../support/command-line.ts'
import { serverOfEachTest } from '../support/protocol-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import type { StreamHandler } from '@libp2p/interface'

describe('the echo command', () => {
  let address: string
  let peerId: string
  const folder = temporaryFolder()

  before(async () => {
    ({ address, peerId } = await startListener())
  })

  after(killAll)

  it('echoes files', async () => {
    for (const size of [0, 1, 5_000_000]) {
      const path = join(folder.path, `${size}`)
      const data = randomBytes(size)
      await writeFile(path, data)

      const { code, stdout, stderr } = await run(['echo', address, path])

      expect(stdout.equals(data)).to.equal(true)
      expect(stderr).to.match(/^sent .*, received .* in .*, equal\n$/)
      expect(code).to.equal(0)
    }
  })

  it('echoes standard input', async () => {
    const data = randomBytes(3_000_000)
    const { code, stdout, stderr } = await run(['echo', '--quiet', address], data)

    expect(stdout.equals(data)).to.equal(true)
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('echoes line by line, before the input ends', async () => {
    const child = start(['echo', address, '-'])
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()

    for (const text of ['one', 'two']) {
      child.stdin.write(`${text}\n`)
      await expect(lines.next()).to.eventually.have.property('value', text)
    }

    child.stdin.end()
    await expect(once(child, 'exit')).to.eventually.deep.equal([0, null])
  })

  it('loses nothing where its output is read late', async () => {
    const child = start(['echo', '--quiet', address])
    const exit = once(child, 'exit')
    const data = randomBytes(20_000_000)

    // as much as may be under way, while nobody reads
    await new Promise(resolve => child.stdin.write(data.subarray(0, 1_000_000), resolve))
    child.stdin.end(data.subarray(1_000_000))

    const [received] = await Promise.all([buffer(child.stdout), exit])
    expect(received.equals(data)).to.equal(true)
  })

  it('echoes for machines', async () => {
    const result = await run(['echo', '--json', address], 'some bytes')

    const [connected, summary, ...others] = objects(result)

    expect(connected).to.include({ event: 'connected', peerId })
    expect(address).to.include(connected.address)
    expect(connected.time).to.be.above(0)
    expect(others).to.deep.equal([])
    expect(summary).to.include({
      event: 'summary',
      peerId,
      bytesSent: 10,
      bytesReceived: 10,
      sha256: createHash('sha256').update('some bytes').digest('hex'),
      equal: true
    })
    expect(result.stderr).to.equal('')
    expect(result.code).to.equal(0)
  })

  it('ends an echo on Ctrl-C', async () => {
    const child = start(['echo', address])
    const result = finish(child)

    child.stdin.write('are you there?\n')
    child.stdout.once('data', () => { child.kill('SIGINT') })

    await expect(result).to.eventually.include({ code: 1, stderr: 'webrtc-direct: interrupted\n' })
  })
})

describe('the echo command, with a peer that behaves otherwise', () => {
  const serve = serverOfEachTest()

  for (const [what, handler] of [
    ['sends other bytes', async (stream) => {
      for await (const data of stream) {
        stream.send(new Uint8Array(data.byteLength))
      }
      await stream.close()
    }],
    ['sends more', async (stream) => {
      for await (const data of stream) {
        stream.send(data)
      }
      stream.send(Uint8Array.of(0))
      await stream.close()
    }],
    ['sends less', async (stream) => {
      for await (const data of stream) {
        stream.send(data.subarray(1))
      }
      await stream.close()
    }]
  ] as Array<[string, StreamHandler]>) {
    it(`fails where the echo ${what}`, async () => {
      const address = await serve('/echo/1.0.0', handler)
      const { code, stderr } = await run(['echo', address], 'some bytes')

      expect(stderr).to.include('NOT EQUAL')
      expect(code).to.equal(1)
    })
  }

  it('fails where the echo ends too early', async () => {
    const address = await serve('/echo/1.0.0', async (stream) => {
      await stream.close()
    })
    const child = start(['echo', address])
    const { code, stderr } = await finish(child)

    expect(stderr).to.equal('webrtc-direct: the peer ended the stream after 0 bytes, before it had everything\n')
    expect(code).to.equal(1)
  })

  it('fails where the echo is reset', async () => {
    const address = await serve('/echo/1.0.0', (stream) => {
      stream.abort(new Error('no'))
    })
    const { code, stderr } = await run(['echo', address], 'some bytes')

    expect(stderr).to.match(/^webrtc-direct: .*reset.*\n$/)
    expect(code).to.equal(1)
  })

  it('fails where there is no echo', async () => {
    const address = await serve('/other/1.0.0', () => {})
    const { code, stderr } = await run(['echo', address], 'some bytes')

    expect(stderr).to.match(/^webrtc-direct: .*\/echo\/1\.0\.0.*\n$/)
    expect(code).to.equal(1)
  })
})
