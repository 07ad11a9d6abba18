import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { createListener, createNode, echo, ECHO, stopNodes } from './support/loopback-nodes.ts'
import type { Connection, Stream } from '@libp2p/interface'

describe('a connection', () => {
  afterEach(stopNodes)

  it('ends at the other end when it is closed', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const closed = pEvent<'connection:close', CustomEvent<Connection>>(listener, 'connection:close')
    const connection = await dialer.dial(listener.getMultiaddrs()[0])
    await echo(connection, Uint8Array.of(1))

    await connection.close()

    expect((await closed).detail.status).to.equal('closed')
    expect(connection.status).to.equal('closed')
  })

  it('ends at the other end when it is aborted, its streams with an error', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const inbound = Promise.withResolvers<Stream>()
    await listener.handle('/test/hold/1.0.0', (stream) => { inbound.resolve(stream) })
    const connection = await dialer.dial(listener.getMultiaddrs()[0])
    await connection.newStream('/test/hold/1.0.0')
    const stream = await inbound.promise
    const ended = pEvent(stream, 'close')

    connection.abort(new Error('enough'))

    await ended
    expect(stream.status).to.equal('reset')
  })

  it('can be closed by both ends at once, twice, and while streams are open', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const opened = pEvent<'connection:open', CustomEvent<Connection>>(listener, 'connection:open')
    const connection = await dialer.dial(listener.getMultiaddrs()[0])
    const { detail: other } = await opened
    const streams = await Promise.all([connection.newStream(ECHO), connection.newStream(ECHO)])

    await Promise.all([connection.close(), other.close(), connection.close(), other.close()])

    expect(connection.status).to.equal('closed')
    expect(other.status).to.equal('closed')
    expect(streams.map(({ status }) => status)).to.not.include('open')
  })

  it('can be aborted during close()', async () => {
    const listener = await createListener()
    const dialer = await createNode()
    const connection = await dialer.dial(listener.getMultiaddrs()[0])
    const closing = connection.close().catch(() => {})

    connection.abort(new Error('enough'))
    await closing

    expect(connection.status).to.not.equal('open')
  })
})
