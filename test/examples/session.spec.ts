import { ConnectionFailedError } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { pEvent } from 'p-event'
import { Session } from '../../examples/browser/session.ts'
import { createListener, createNode, deadPort, ECHO, echo, stopNodes } from '../support/loopback-nodes.ts'
import type { SessionState } from '../../examples/browser/session.ts'
import type { Node } from '../support/loopback-nodes.ts'

const CERTHASH = 'uEiB4DHLLDSkAlDRoOBQVwg2xI2ghg6wNOnDwdnO9L-Uy6Q'

async function until <Is extends SessionState['is']> (session: Session, is: Is): Promise<Extract<SessionState, { is: Is }>> {
  while (session.state.is !== is) {
    await pEvent(session, 'change')
  }

  return session.state as Extract<SessionState, { is: Is }>
}

describe('the session of the page', () => {
  let listener: Node
  let dialer: Node
  let session: Session
  let states: string[]

  beforeEach(async () => {
    listener = await createListener()
    dialer = await createNode()
    session = new Session({ node: async () => dialer })
    states = []
    session.addEventListener('change', () => { states.push(session.state.is) })
  })

  afterEach(stopNodes)

  it('connects, and tells how long that took', async () => {
    await session.connect(listener.getMultiaddrs()[0])

    const state = await until(session, 'connected')
    expect(states).to.deep.equal(['connecting', 'connected'])
    expect(state.connection.remotePeer.equals(listener.peerId)).to.equal(true)
    expect(state.figures.connectTime).to.be.greaterThan(0)
  })

  it('counts streams and bytes', async () => {
    await session.connect(listener.getMultiaddrs()[0])
    const stream = await session.openStream(ECHO, AbortSignal.timeout(5_000))
    session.count(2, 1)
    session.count(20, 10)
    await stream.close()

    const { figures } = await until(session, 'connected')
    expect(figures).to.include({ streams: 1, bytesSent: 22, bytesReceived: 11 })
  })

  it('ends by us, and can connect again', async () => {
    const [address] = listener.getMultiaddrs()
    await session.connect(address)
    const { connection } = await until(session, 'connected')
    const closed = pEvent(connection, 'close')
    session.disconnect()

    expect(await until(session, 'ended')).to.include({ by: 'us' })
    await closed

    await session.connect(address)
    const { connection: another } = await until(session, 'connected')
    expect(await echo(another, Uint8Array.of(1, 2, 3))).to.deep.equal(Uint8Array.of(1, 2, 3))
    expect(states).to.deep.equal(['connecting', 'connected', 'ended', 'connecting', 'connected'])
  })

  it('connects again at once, with another connection', async () => {
    const [address] = listener.getMultiaddrs()
    await session.connect(address)
    const { connection } = await until(session, 'connected')
    session.disconnect()
    await session.connect(address)

    const { connection: another } = await until(session, 'connected')
    expect(another.id).to.not.equal(connection.id)
    expect(await echo(another, Uint8Array.of(1, 2, 3))).to.deep.equal(Uint8Array.of(1, 2, 3))
  })

  it('ends by the peer', async () => {
    await session.connect(listener.getMultiaddrs()[0])
    await listener.hangUp(dialer.peerId)

    expect(await until(session, 'ended')).to.deep.include({ by: 'peer', error: undefined })
  })

  it('ends by an error', async () => {
    await session.connect(listener.getMultiaddrs()[0])
    const { connection } = await until(session, 'connected')
    const error = new ConnectionFailedError('lost')
    connection.abort(error)

    expect(await until(session, 'ended')).to.include({ by: 'failure', error })
  })

  it('fails, and keeps the error', async () => {
    await session.connect(multiaddr('/ip4/127.0.0.1/tcp/9000'))

    expect((await until(session, 'failed')).error).to.have.property('name', 'NoValidAddressesError')
  })

  it('fails where there is no node', async () => {
    session = new Session({ node: async () => { throw new Error('no WebRTC') } })
    await session.connect(listener.getMultiaddrs()[0])

    expect((await until(session, 'failed')).error).to.have.property('message', 'no WebRTC')
  })

  it('gives up to connect', async () => {
    const dead = await deadPort()

    try {
      const connecting = session.connect(multiaddr(`/ip4/127.0.0.1/udp/${dead.port}/webrtc-direct/certhash/${CERTHASH}`))
      await dead.asked
      session.disconnect()
      await connecting
    } finally {
      dead.close()
    }

    expect(states).to.deep.equal(['connecting', 'idle'])
  })

  it('closes a connection that comes when it was given up', async () => {
    session = new Session({
      node: async () => ({
        dial: async (peer) => {
          // whatever the signal says
          const connection = await dialer.dial(peer)
          session.disconnect()

          return connection
        }
      })
    })
    await session.connect(listener.getMultiaddrs()[0])

    expect(session.state).to.deep.equal({ is: 'idle' })
    expect(dialer.getConnections()).to.deep.equal([])
  })

  it('opens no streams without a connection', async () => {
    await expect(session.openStream(ECHO, AbortSignal.timeout(5_000))).to.eventually.be.rejectedWith('There is no connection')
  })
})
