import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { createListener, createNode, ECHO, stopNodes } from './support/loopback-nodes.ts'
import type { DataChannelMuxer } from '../src/streams/muxer.ts'
import type { Connection } from '@libp2p/interface'

describe('the first flight between nodes', () => {
  afterEach(stopNodes)

  it('works for each stream, and stops where the protocol is handled no more', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const connection = await dialer.dial(listener.getMultiaddrs()[0])

    for (let i = 0; i < 3; i++) {
      const stream = await connection.newStream(ECHO)
      const answers = stream[Symbol.asyncIterator]()
      stream.send(Uint8Array.of(i))
      expect((await answers.next()).value.subarray()).to.equalBytes(Uint8Array.of(i))
      const ended = pEvent(stream, 'close')
      await stream.close()
      await ended
    }

    await listener.unhandle(ECHO)
    const stream = await connection.newStream(ECHO)
    const ended = pEvent<'close', { error?: Error }>(stream, 'close')
    expect((await ended).error).to.have.property('name', 'UnsupportedProtocolError')
    await expect(connection.newStream(ECHO)).to.eventually.be.rejected.with.property('name', 'UnsupportedProtocolError')
  })

  it('loses nothing of streams whose opener does not read', async () => {
    const protocol = '/test/one-way/1.0.0'
    const listener = await createListener()
    const dialer = await createNode()
    const received: number[] = []
    const all = Promise.withResolvers<void>()
    await listener.handle(protocol, async stream => {
      for await (const data of stream) {
        received.push(...data.subarray())
      }

      if (received.length === 5) {
        all.resolve()
      }
    })
    const connection = await dialer.dial(listener.getMultiaddrs()[0])

    for (let i = 0; i < 5; i++) {
      const stream = await connection.newStream(protocol)
      await stream.closeRead()
      stream.send(Uint8Array.of(i))
      await stream.close()
    }

    await all.promise
    expect(received).to.have.members([0, 1, 2, 3, 4])
  })

  it('is there for the first stream of a protocol, once identify is done, in both directions', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    await dialer.handle('/test/told/1.0.0', stream => { void stream.close() })
    const identified = Promise.all([dialer, listener].map(async node => pEvent(node, 'peer:identify')))
    const connection = await dialer.dial(listener.getMultiaddrs()[0])
    await identified

    const [ours] = dialer.getConnections()
    const [theirs] = listener.getConnections()
    const muxer = (connection: Connection): DataChannelMuxer => (connection as unknown as { muxer: DataChannelMuxer }).muxer
    const up = await muxer(ours).createStream({ protocol: ECHO })
    const down = await muxer(theirs).createStream({ protocol: '/test/told/1.0.0' })
    expect([up.protocol, down.protocol]).to.deep.equal([ECHO, '/test/told/1.0.0'])
    await connection.close()
  })
})
