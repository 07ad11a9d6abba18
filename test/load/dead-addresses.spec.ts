import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { multiaddr } from '@multiformats/multiaddr'
import { expect } from 'aegir/chai'
import { startRelay } from '../../chaos/relay/relay.ts'
import { parseDialTarget } from '../../src/wire/address.ts'
import { createListener, createNode, echo, stopNodes } from '../support/loopback-nodes.ts'
import type { Relay } from '../../chaos/relay/relay.ts'
import type { Multiaddr } from '@multiformats/multiaddr'
import type { Socket } from 'node:dgram'

describe('addresses at which nobody answers', () => {
  const sockets: Socket[] = []
  let relay: Relay | undefined

  async function listen (): Promise<Multiaddr> {
    const listener = await createListener()

    return listener.getMultiaddrs()[0]
  }

  function at (ma: Multiaddr, port: number): Multiaddr {
    return multiaddr(ma.toString().replace(/udp\/\d+/, `udp/${port}`))
  }

  /**
   * The address with the port of a socket that says nothing
   */
  async function dead (ma: Multiaddr): Promise<Multiaddr> {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    sockets.push(socket)

    return at(ma, socket.address().port)
  }

  afterEach(async () => {
    await relay?.stop()
    relay = undefined
    sockets.splice(0).forEach(socket => { socket.close() })
    await stopNodes()
  })

  it('leave time for a third one', async () => {
    const ma = await listen()
    const dialer = await createNode()
    const connection = await dialer.dial([await dead(ma), await dead(ma), ma])

    expect(connection.remoteAddr.toString()).to.equal(ma.toString())
    expect(await echo(connection, Uint8Array.of(1))).to.have.lengthOf(1)
  })

  it('are given up after the time of the option', async () => {
    const ma = await listen()
    const dialer = await createNode({ transport: { iceTimeout: 300 } })
    const start = performance.now()
    const err = await dialer.dial(await dead(ma)).catch(err => err)

    expect(performance.now() - start).to.be.within(299, 1_500)
    expect(err).to.include({ name: 'SetupTimeoutError', phase: 'ice' })
  })

  it('are not those that answer in time, and take longer for the rest', async () => {
    const ma = await listen()
    relay = await startRelay({ target: parseDialTarget(ma).port, delay: 100 })
    const dialer = await createNode({ transport: { iceTimeout: 1_000 } })
    const start = performance.now()
    await dialer.dial(at(ma, relay.port))

    expect(performance.now() - start).to.be.above(1_000)
  })
})
