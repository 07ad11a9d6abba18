import { expect } from 'aegir/chai'
import { createListener, createNode, stopNodes } from './support/loopback-nodes.ts'

describe('a protocol that sends one way', () => {
  afterEach(stopNodes)

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
})
