import { expect } from 'aegir/chai'
import { PERF_PROTOCOL } from '../../src/cli/perf-protocol.ts'
import { finish, killAll, objects, run, start, startListener } from '../support/command-line.ts'
import { readAll } from '../support/exchange.ts'
import { startServer } from '../support/protocol-server.ts'

describe('the perf command', () => {
  let address: string
  let peerId: string

  before(async () => {
    ({ address, peerId } = await startListener('--perf'))
  })

  after(killAll)

  it('measures', async () => {
    const { code, stdout, stderr } = await run(['perf', '--upload', '2MB', '--download', '3MB', '--runs', '2', address])
    const lines = stdout.toString().split('\n')

    expect(lines[0]).to.include(`PERF ${peerId} via ${address}: 2.0 MB up, 3.0 MB down, connected in`)

    for (const run of [1, 2]) {
      expect(lines[run]).to.match(new RegExp(`^run=${run} up 2\\.0 MB in \\S+ ms \\(\\S+ [kMG]?B/s\\), down 3\\.0 MB in \\S+ ms \\(\\S+ [kMG]?B/s\\)$`))
    }

    expect(lines[3]).to.equal('')
    expect(lines[4]).to.equal(`--- ${peerId} perf statistics ---`)
    expect(lines[5]).to.match(/^2 runs, time \d+ ms$/)
    expect(lines[6]).to.match(/^up min\/avg\/max = /)
    expect(lines[7]).to.match(/^down min\/avg\/max = /)
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('measures for machines', async () => {
    const result = await run(['perf', '-u', '1MiB', '-d', '0', '--json', address])
    const [connected, first, summary] = objects(result)

    expect(connected).to.include({ event: 'connected', peerId, address })
    expect(first).to.include({ event: 'run', peerId, run: 1, upload: 1_048_576, download: 0, downloadMs: 0 })
    expect(first.uploadMs).to.be.above(0)
    expect(summary).to.include({ event: 'summary', peerId, runs: 1 }).and.not.have.property('download')
    expect(summary.upload.avg).to.be.closeTo(1000 * 1_048_576 / first.uploadMs, 1)
    expect(result.code).to.equal(0)
  })

  it('moves nothing, if asked to', async () => {
    const { code, stdout } = await run(['perf', '-u', '0', '-d', '0', address])

    expect(stdout.toString()).to.match(/^run=1 nothing in \S+ ms$/m)
    expect(code).to.equal(0)
  })

  it('sums up on Ctrl-C', async () => {
    const child = start(['perf', '-u', '1MB', '-d', '1MB', '-n', '0', address])
    const result = finish(child)

    child.stdout.on('data', (data) => {
      if (`${data}`.includes('run=2')) {
        child.kill('SIGINT')
      }
    })

    const { code, stdout, stderr } = await result

    expect(stdout.toString()).to.match(/^\d+ runs, time \d+ ms$/m)
    expect(stderr).to.equal('')
    expect(code).to.equal(0)
  })

  it('fails on Ctrl-C before the first run is complete', async () => {
    const child = start(['perf', '-u', '8TiB', address])
    const result = finish(child)

    child.stdout.once('data', () => { child.kill('SIGINT') })

    await expect(result).to.eventually.include({ code: 1, stderr: 'webrtc-direct: interrupted\n' })
  })

  it('fails where the peer is gone', async () => {
    const other = await startListener('--perf')
    const child = start(['perf', '-u', '8TiB', other.address])
    const result = finish(child)

    child.stdout.once('data', () => { other.child.kill('SIGINT') })

    const { code, stderr } = await result

    expect(stderr).to.match(/^webrtc-direct: .*\n$/)
    expect(code).to.equal(1)
  })

  it('fails where perf is not served, as by default', async () => {
    const other = await startListener()
    const { code, stderr } = await run(['perf', other.address])

    expect(stderr).to.match(/^webrtc-direct: .*\/perf\/1\.0\.0.*\n$/)
    expect(code).to.equal(1)
  })

  it('fails where the peer sends another number of bytes', async () => {
    const node = await startServer(PERF_PROTOCOL, async (stream) => {
      await readAll(stream)
      stream.send(new Uint8Array(10))
      await stream.close()
    })

    try {
      const { code, stdout, stderr } = await run(['perf', '-u', '1', '-d', '11', `${node.getMultiaddrs()[0]}`])

      expect(stdout.toString()).to.not.include('run=')
      expect(stderr).to.equal('webrtc-direct: the peer sent 10 bytes, 11 were asked for\n')
      expect(code).to.equal(1)
    } finally {
      await node.stop()
    }
  })
})
