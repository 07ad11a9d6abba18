import { once } from 'node:events'
import { StreamResetError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { measurePerf, PERF_PROTOCOL, servePerf } from '../../src/cli/perf-protocol.ts'
import { formatPerfRun, formatPerfStatistics, perfStatistics } from '../../src/cli/perf-statistics.ts'
import { StopSendingError } from '../../src/errors.ts'
import { webRTCDirect } from '../../src/index.ts'
import { finish, killAll, line, objects, run, start } from '../support/command-line.ts'
import type { PerfProgress } from '../../src/cli/perf-protocol.ts'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'

const MIB = 1024 * 1024

async function read (stream: Stream): Promise<Buffer> {
  const chunks: Uint8Array[] = []

  for await (const data of stream) {
    chunks.push(data.subarray())
  }

  return Buffer.concat(chunks)
}

/**
 * The uint64, big endian, that a client begins with
 */
function request (bytes: bigint): Uint8Array {
  const request = Buffer.alloc(8)
  request.writeBigUInt64BE(bytes)

  return request
}

/**
 * One end serves, the other one dials
 */
async function startServer (handler: (stream: Stream) => void | Promise<void>): Promise<Libp2p> {
  const server = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/udp/0/webrtc-direct'] },
    transports: [webRTCDirect()]
  })

  await server.handle(PERF_PROTOCOL, handler)

  return server
}

describe('/perf/1.0.0', () => {
  let server: Libp2p
  let client: Libp2p
  let connection: Connection

  // what the server does, and its end of a stream once it is done
  let serve: (stream: Stream) => void | Promise<void>
  let served: PromiseWithResolvers<Stream>

  function serveWith (handler: (stream: Stream) => void | Promise<void>): void {
    serve = handler
  }

  async function openStream (): Promise<Stream> {
    return connection.newStream(PERF_PROTOCOL)
  }

  async function servedStream (): Promise<Stream> {
    return served.promise
  }

  before(async () => {
    server = await startServer(async (stream) => {
      try {
        await serve(stream)
      } finally {
        served.resolve(stream)
      }
    })
    client = await createLibp2p({ transports: [webRTCDirect()] })
    connection = await client.dial(server.getMultiaddrs())
  })

  beforeEach(() => {
    serve = servePerf
    served = Promise.withResolvers()
  })

  after(async () => {
    await client.stop()
    await server.stop()
  })

  describe('both ends', () => {
    for (const [upload, download] of [[0, 0], [1, 0], [0, 1], [1, 1], [65_536, 65_537], [5_000_000, 3_000_001]]) {
      it(`move ${upload} bytes up and ${download} down`, async () => {
        const stream = await openStream()
        const progress: PerfProgress[] = []
        const { uploadMs, downloadMs } = await measurePerf(stream, {
          upload,
          download,
          onProgress: (event) => { progress.push(event) }
        })

        expect(uploadMs).to.be.above(0)
        expect(downloadMs).to.be.at.least(0)

        if (upload + download > 0) {
          expect(progress.at(-1)).to.deep.equal({ uploaded: upload, downloaded: download })
        }

        // gracefully, at both ends
        expect(stream.remoteWriteStatus).to.equal('closed')
        expect((await servedStream()).status).to.equal('closed')
      })
    }

    it('hold little of what they send', async () => {
      const ends: Stream[] = []
      let longest = 0

      serveWith(async (stream) => {
        ends.push(stream)
        await servePerf(stream)
      })

      const stream = await openStream()
      ends.push(stream)

      await measurePerf(stream, {
        upload: 16 * MIB,
        download: 16 * MIB,
        onProgress: () => {
          longest = Math.max(longest, ...ends.map(({ writeBufferLength }) => writeBufferLength))
        }
      })

      expect(ends).to.have.lengthOf(2)
      expect(longest).to.be.at.most(128 * 1024)
    })
  })

  describe('the client', () => {
    it('says how many bytes it wants, sends, half-closes, and then reads', async () => {
      const received = Promise.withResolvers<Buffer>()

      serveWith(async (stream) => {
        received.resolve(await read(stream))
        stream.send(new Uint8Array(0x0102))
        await stream.close()
      })

      await measurePerf(await openStream(), { upload: 100_000, download: 0x0102 })

      const bytes = await received.promise

      expect([...bytes.subarray(0, 8)]).to.deep.equal([0, 0, 0, 0, 0, 0, 1, 2])
      expect(bytes).to.have.lengthOf(8 + 100_000)
    })

    it('tells the time of the upload from that of the download', async () => {
      const answer = Promise.withResolvers<unknown>()
      const arrived = Promise.withResolvers<unknown>()
      let before = 0
      let after = 0

      serveWith(async (stream) => {
        await read(stream)
        before = performance.now()
        stream.send(Uint8Array.of(1))
        await arrived.promise
        after = performance.now()
        stream.send(Uint8Array.of(2))
        await stream.close()
        answer.resolve(undefined)
      })

      const stream = await openStream()
      const start = performance.now()
      const { uploadMs, downloadMs } = await measurePerf(stream, {
        upload: 10,
        download: 2,
        onProgress: ({ downloaded }) => {
          if (downloaded === 1) {
            arrived.resolve(undefined)
          }
        }
      })
      const elapsed = performance.now() - start

      await answer.promise

      expect(uploadMs).to.be.above(before - start)
      expect(uploadMs + downloadMs).to.be.above(after - start).and.at.most(elapsed)
    })

    for (const [what, handler, message] of [
      ['sends less', async (stream) => {
        await read(stream)
        stream.send(new Uint8Array(999))
        await stream.close()
      }, 'the peer sent 999 bytes, 1000 were asked for'],

      ['sends nothing', async (stream) => {
        await read(stream)
        await stream.close()
      }, 'the peer sent 0 bytes, 1000 were asked for'],

      ['sends more', async (stream) => {
        await read(stream)
        stream.send(new Uint8Array(1001))
        await stream.close()
      }, 'the peer sent 1001 bytes, 1000 were asked for'],

      ['answers before it has everything', async (stream) => {
        stream.send(new Uint8Array(1000))
        await read(stream)
        await stream.close()
      }, 'before it had everything'],

      ['ends the stream before it has everything', async (stream) => {
        await stream.close()
      }, 'the peer ended the stream after']
    ] as Array<[string, (stream: Stream) => Promise<void>, string]>) {
      it(`fails where the server ${what}`, async () => {
        serveWith(async (stream) => {
          await handler(stream).catch(() => {})
        })

        const stream = await openStream()

        await expect(measurePerf(stream, { upload: 32 * MIB, download: 1000 })).to.eventually.be.rejectedWith(message)
        expect(stream.status).to.not.equal('open')
      })
    }

    it('fails where the server stops reading', async () => {
      serveWith(async (stream) => { await stream.closeRead() })

      const stream = await openStream()

      await expect(measurePerf(stream, { upload: 32 * MIB, download: 0 })).to.eventually.be.rejected
        .with.property('name', StopSendingError.name)
    })

    it('fails where the server resets the stream while it uploads', async () => {
      serveWith(async (stream) => {
        let received = 0

        for await (const data of stream) {
          received += data.byteLength

          if (received > MIB) {
            stream.abort(new Error('no more'))
            return
          }
        }
      })

      const stream = await openStream()

      await expect(measurePerf(stream, { upload: 32 * MIB, download: 0 })).to.eventually.be.rejected
        .with.property('name', StreamResetError.name)
    })

    it('fails where the server resets the stream while it downloads', async () => {
      const arrived = Promise.withResolvers<unknown>()

      serveWith(async (stream) => {
        await read(stream)
        stream.send(new Uint8Array(1000))
        await arrived.promise
        stream.abort(new Error('no more'))
      })

      const stream = await openStream()

      await expect(measurePerf(stream, {
        upload: 0,
        download: 1001,
        onProgress: () => { arrived.resolve(undefined) }
      })).to.eventually.be.rejected.with.property('name', StreamResetError.name)
    })

    for (const [upload, download] of [[512 * MIB, 0], [0, 512 * MIB]]) {
      it(`resets the stream when its signal aborts, ${upload > 0 ? 'uploading' : 'downloading'}`, async () => {
        const controller = new AbortController()
        const stream = await openStream()
        const reason = new Error('enough')

        await expect(measurePerf(stream, {
          upload,
          download,
          signal: controller.signal,
          onProgress: ({ uploaded, downloaded }) => {
            if (uploaded + downloaded > MIB) {
              controller.abort(reason)
            }
          }
        })).to.eventually.be.rejectedWith(reason)

        expect(stream.status).to.equal('aborted')
        expect((await servedStream()).status).to.be.oneOf(['reset', 'aborted'])
      })
    }

    it('does not begin when its signal has aborted', async () => {
      const stream = await openStream()
      const reason = new Error('enough')

      await expect(measurePerf(stream, { upload: 1, download: 1, signal: AbortSignal.abort(reason) })).to.eventually.be.rejectedWith(reason)
      expect(stream.status).to.equal('aborted')
    })
  })

  describe('the server', () => {
    it('takes a request that comes in pieces', async () => {
      const stream = await openStream()

      for (const byte of request(700n)) {
        stream.send(Uint8Array.of(byte))
      }

      await stream.close()
      await expect(read(stream)).to.eventually.have.lengthOf(700)
    })

    it('sends nothing before it has everything', async () => {
      const stream = await openStream()
      let received = 0

      stream.addEventListener('message', ({ data }) => { received += data.byteLength })
      stream.send(request(300n))

      // as long as another client takes
      await measurePerf(await openStream(), { upload: MIB, download: MIB })
      expect(received).to.equal(0)

      const end = once(stream, 'remoteCloseWrite')
      await stream.close()
      await end
      expect(received).to.equal(300)
    })

    it('sends without an end, if asked to, until the client has enough', async () => {
      const stream = await openStream()
      let received = 0

      stream.send(request(0xffff_ffff_ffff_ffffn))
      stream.close().catch(() => {})

      for await (const data of stream) {
        received += data.byteLength

        if (received > MIB) {
          stream.abort(new Error('enough'))
          break
        }
      }

      expect((await servedStream()).status).to.not.equal('open')
    })

    it('resets the stream of a client that does not say how many bytes it wants', async () => {
      const stream = await openStream()

      stream.send(request(1n).subarray(1))
      stream.close().catch(() => {})

      await expect(read(stream)).to.eventually.be.rejected.with.property('name', StreamResetError.name)
    })
  })
})

describe('the perf command', () => {
  let listener: ChildProcessWithoutNullStreams
  let address: string
  let peerId: string

  before(async () => {
    listener = start(['listen', '--host', '127.0.0.1', '--perf', '--json'])

    const listening = JSON.parse(await line(listener, () => true))
    address = listening.addresses[0]
    peerId = listening.peerId
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
    const other = start(['listen', '--host', '127.0.0.1', '--perf'])
    const child = start(['perf', '-u', '8TiB', await line(other, () => true)])
    const result = finish(child)

    child.stdout.once('data', () => { other.kill('SIGINT') })

    const { code, stderr } = await result

    expect(stderr).to.match(/^webrtc-direct: .*\n$/)
    expect(code).to.equal(1)
  })

  it('fails where perf is not served, as by default', async () => {
    const other = start(['listen', '--host', '127.0.0.1'])
    const { code, stderr } = await run(['perf', await line(other, () => true)])

    expect(stderr).to.match(/^webrtc-direct: .*\/perf\/1\.0\.0.*\n$/)
    expect(code).to.equal(1)
  })

  it('fails where the peer sends another number of bytes', async () => {
    const node = await startServer(async (stream) => {
      await read(stream)
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

describe('the statistics of perf', () => {
  const sizes = { upload: 10_000_000, download: 20_000_000 }

  it('average over all the bytes in all the time', () => {
    const statistics = perfStatistics([
      { uploadMs: 1000, downloadMs: 4000 },
      { uploadMs: 4000, downloadMs: 1000 }
    ], sizes, 10_000.4)

    expect(statistics).to.deep.equal({
      runs: 2,
      elapsed: 10_000.4,
      upload: { min: 2_500_000, avg: 4_000_000, max: 10_000_000 },
      download: { min: 5_000_000, avg: 8_000_000, max: 20_000_000 }
    })
    expect(formatPerfStatistics('12D3', statistics)).to.equal([
      '--- 12D3 perf statistics ---',
      '2 runs, time 10000 ms',
      'up min/avg/max = 2.5 MB/s / 4.0 MB/s / 10.0 MB/s',
      'down min/avg/max = 5.0 MB/s / 8.0 MB/s / 20.0 MB/s'
    ].join('\n'))
  })

  it('have no rates where nothing was to be moved', () => {
    const statistics = perfStatistics([{ uploadMs: 1, downloadMs: 0 }], { upload: 0, download: 0 }, 2)

    expect(formatPerfStatistics('12D3', statistics)).to.equal('--- 12D3 perf statistics ---\n1 run, time 2 ms')
  })

  it('show of a run the ways that were used', () => {
    const times = { uploadMs: 500, downloadMs: 2000 }

    expect(formatPerfRun(3, sizes, times)).to.equal('run=3 up 10.0 MB in 500 ms (20.0 MB/s), down 20.0 MB in 2000 ms (10.0 MB/s)')
    expect(formatPerfRun(3, { ...sizes, upload: 0 }, times)).to.equal('run=3 down 20.0 MB in 2000 ms (10.0 MB/s)')
    expect(formatPerfRun(3, { ...sizes, download: 0 }, times)).to.equal('run=3 up 10.0 MB in 500 ms (20.0 MB/s)')
  })
})
