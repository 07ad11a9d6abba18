import { createHash, randomBytes } from 'node:crypto'
import { StreamResetError } from '@libp2p/interface'
import { expect } from 'aegir/chai'
import { echoFile, SLICE } from '../../examples/browser/file-echo.ts'
import { sendBack } from '../../src/cli/send-back.ts'
import { streamPair } from '../support/stream-ends.ts'
import type { Stream } from '@libp2p/interface'

const NEVER = new AbortController().signal

/**
 * A file that is longer than any memory, and tells what was read of it
 */
class EndlessFile extends Blob {
  slices: number[] = []

  get size (): number {
    return 2 ** 50
  }

  slice (start = 0, end = 0): Blob {
    this.slices.push(end - start)

    return new Blob([new Uint8Array(end - start)])
  }
}

function streamTo (serve: (stream: Stream) => Promise<void>): Stream {
  const [dialer, listener] = streamPair()
  void serve(listener.stream)

  return dialer.stream
}

describe('a file that is echoed', () => {
  for (const size of [0, 1, SLICE, 2 * SLICE + 1]) {
    it(`comes back, with ${size} bytes, and has the same checksum`, async () => {
      const bytes = randomBytes(size)
      const progress: number[] = []
      const result = await echoFile(streamTo(sendBack), new Blob([bytes], { type: 'image/png' }), {
        signal: NEVER,
        onProgress: (_, bytesReceived) => { progress.push(bytesReceived) }
      })
      const sha256 = createHash('sha256').update(bytes).digest('hex')

      expect(result).to.deep.include({ bytesSent: size, bytesReceived: size, equal: true, sha256, sha256Received: sha256 })
      expect(result.received).to.include({ size, type: 'image/png' })
      expect(Buffer.from(await new Response(result.received).bytes()).equals(bytes)).to.equal(true)
      expect(progress.at(-1) ?? 0).to.equal(size)
      expect(progress).to.deep.equal(progress.toSorted((a, b) => a - b))
    })
  }

  it('is not kept where it is too large', async () => {
    const result = await echoFile(streamTo(sendBack), new Blob([new Uint8Array(1_001)]), { signal: NEVER, maxKept: 1_000 })

    expect(result).to.deep.include({ bytesReceived: 1_001, equal: true, received: undefined })
  })

  it('has another checksum if other bytes come back', async () => {
    const stream = streamTo(async (stream) => {
      for await (const chunk of stream) {
        stream.send(chunk.subarray().map(byte => byte ^ 1))
      }

      await stream.close()
    })
    const result = await echoFile(stream, new Blob(['hello']), { signal: NEVER })

    expect(result.equal).to.equal(false)
    expect(result.sha256Received).to.not.equal(result.sha256)
  })

  it('is read in slices, and no faster than it comes back', async () => {
    const file = new EndlessFile()
    const cancelled = new AbortController()
    let received = 0
    const stream = streamTo(async (stream) => {
      // takes everything and gives back nothing
      for await (const chunk of stream) {
        received += chunk.byteLength

        if (received >= 2 * 1024 * 1024) {
          // as much as would be read if nothing held it back
          setImmediate(() => { cancelled.abort(new Error('enough')) })
        }
      }
    })

    await expect(echoFile(stream, file, { signal: cancelled.signal })).to.eventually.be.rejectedWith('enough')
    expect(Math.max(...file.slices)).to.equal(SLICE)
    expect(file.slices.length * SLICE).to.equal(2 * 1024 * 1024 + SLICE)
  })

  it('fails if more comes back than was sent', async () => {
    const stream = streamTo(async (stream) => {
      for await (const chunk of stream) {
        stream.send(chunk)
        stream.send(new Uint8Array(1))
      }
    })

    await expect(echoFile(stream, new Blob(['hello']), { signal: NEVER })).to.eventually.be.rejectedWith('More bytes came back')
    expect(stream.status).to.equal('aborted')
  })

  it('fails if the peer ends the stream before it has everything', async () => {
    const stream = streamTo(async (stream) => { await stream.close() })

    await expect(echoFile(stream, new EndlessFile(), { signal: NEVER })).to.eventually.be.rejectedWith('before it had everything')
    expect(stream.status).to.equal('aborted')
  })

  it('fails if the peer resets the stream', async () => {
    const stream = streamTo(async (stream) => { stream.abort(new Error('no')) })

    await expect(echoFile(stream, new EndlessFile(), { signal: NEVER })).to.eventually.be.rejectedWith(StreamResetError)
  })

  it('fails if the file can not be read', async () => {
    const file = new Blob(['hello'])
    file.slice = () => { throw new DOMException('it was changed', 'NotReadableError') }
    const stream = streamTo(sendBack)

    await expect(echoFile(stream, file, { signal: NEVER })).to.eventually.be.rejected.with.property('name', 'NotReadableError')
    expect(stream.status).to.equal('aborted')
  })

  it('is not begun where it is cancelled before', async () => {
    const file = new EndlessFile()

    await expect(echoFile(streamTo(sendBack), file, { signal: AbortSignal.abort(new Error('cancelled')) })).to.eventually.be.rejectedWith('cancelled')
    expect(file.slices).to.deep.equal([])
  })
})
