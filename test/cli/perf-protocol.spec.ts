import { once } from 'node:events'
import { StreamResetError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { createLibp2p } from 'libp2p'
import { measurePerf, PERF_PROTOCOL, servePerf } from '../../src/cli/perf-protocol.ts'
import { StopSendingError } from '../../src/errors.ts'
import { webRTCDirect } from '../../src/index.ts'
import { readAll } from '../support/exchange.ts'
import { startServer } from '../support/protocol-server.ts'
import type { PerfProgress } from '../../src/cli/perf-protocol.ts'
import type { Connection, Libp2p, Stream } from '@libp2p/interface'

const MIB = 1024 * 1024

/**
 * The uint64, big endian, that a client begins with
 */
function request (bytes: bigint): Uint8Array {
  const request = Buffer.alloc(8)
  request.writeBigUInt64BE(bytes)

  return request
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
    server = await startServer(PERF_PROTOCOL, async (stream) => {
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
      const received = Promise.withResolvers<Uint8Array>()

      serveWith(async (stream) => {
        received.resolve(await readAll(stream))
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
        await readAll(stream)
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
        await readAll(stream)
        stream.send(new Uint8Array(999))
        await stream.close()
      }, 'the peer sent 999 bytes, 1000 were asked for'],

      ['sends nothing', async (stream) => {
        await readAll(stream)
        await stream.close()
      }, 'the peer sent 0 bytes, 1000 were asked for'],

      ['sends more', async (stream) => {
        await readAll(stream)
        stream.send(new Uint8Array(1001))
        await stream.close()
      }, 'the peer sent 1001 bytes, 1000 were asked for'],

      ['answers before it has everything', async (stream) => {
        stream.send(new Uint8Array(1000))
        await readAll(stream)
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

        await expect(measurePerf(stream, { upload: 8 * MIB, download: 1000 })).to.eventually.be.rejectedWith(message)
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
        await readAll(stream)
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
      await expect(readAll(stream)).to.eventually.have.lengthOf(700)
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

      await expect(readAll(stream)).to.eventually.be.rejected.with.property('name', StreamResetError.name)
    })
  })
})
